using System.Text;
using CsCheck;
using Witan.Server.Platform.Http;

namespace Witan.Server.Tests.Platform.Http;

/// <summary>Cursors lead back to where they came from, and nowhere else.</summary>
public sealed class CursorTests
{
    private static readonly QuerySpec ByTime = new("fixes", CursorKind.TimeAndId);
    private static readonly QuerySpec ByText = new("agents", CursorKind.Text);

    private static readonly Gen<Cursor> TimeCursors =
        Gen.Select(Gen.Long[DateTimeOffset.UnixEpoch.Ticks / 10, new DateTime(2200, 1, 1).Ticks / 10], Gen.Guid)
            .Select((microseconds, id) => Cursor.Of(new DateTimeOffset(microseconds * 10, TimeSpan.Zero), id));

    private static readonly Gen<string> Texts = Gen.String[Gen.Char['\u0001', '\ud7ff'], 1, 60];

    [Fact]
    public void A_cursor_of_a_time_and_an_id_is_read_back() => Gen.Select(TimeCursors, Texts).Sample((cursor, filters) =>
        Assert.Equal(cursor, Cursor.TryDecode(cursor.Encode(ByTime, filters), ByTime, filters)));

    [Fact]
    public void A_cursor_of_a_text_is_read_back() => Gen.Select(Texts, Texts).Sample((key, filters) =>
        Assert.Equal(Cursor.Of(key), Cursor.TryDecode(Cursor.Of(key).Encode(ByText, filters), ByText, filters)));

    [Fact]
    public void A_cursor_needs_no_escaping_in_a_url() => Gen.Select(Texts, Texts).Sample((key, filters) =>
    {
        var text = Cursor.Of(key).Encode(ByText, filters);
        Assert.Equal(text, Uri.EscapeDataString(text));
    });

    [Fact]
    public void Other_filters_and_other_lists_refuse_it() => Gen.Select(TimeCursors, Texts, Texts).Sample((cursor, filters, others) =>
    {
        var text = cursor.Encode(ByTime, filters);
        Assert.Null(Cursor.TryDecode(text, ByTime with { List = "others" }, filters));
        if (filters != others)
            Assert.Null(Cursor.TryDecode(text, ByTime, others));
    });

    [Fact]
    public void What_was_changed_is_refused_or_says_the_same() =>
        Gen.Select(TimeCursors, Gen.Int[0, 10_000], Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ."], Gen.Int[0, 2]).Sample((cursor, at, letter, how) =>
        {
            var text = new StringBuilder(cursor.Encode(ByTime, ""));
            at %= text.Length;
            _ = how switch { 0 => text.Remove(at, 1), 1 => text.Insert(at, letter), _ => text.Replace(text[at], letter, at, 1) };

            var read = Cursor.TryDecode(text.ToString(), ByTime, "");
            Assert.True(read is null || read == cursor);
        });

    [Fact]
    public void Any_text_is_refused_without_an_exception() => Gen.String.Sample(text => Assert.Null(Cursor.TryDecode(text, ByTime, "")));
}
