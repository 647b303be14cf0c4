using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.TrackRecords;

public sealed class ErrorSignatureTests
{
    [Theory]
    [InlineData("Timeout after 30 s", "Timeout after 1500 s")]
    [InlineData("object at 0x7f3a91c0 leaked", "object at 0x55d0be11 leaked")]
    [InlineData("commit 9f8e7d6c is gone", "commit 1a2b3c4d is gone")]
    [InlineData("cannot open /var/log/a.log", "cannot open /home/ada/b.txt")]
    [InlineData(@"cannot open C:\temp\a.log", @"cannot open D:\b")]
    [InlineData("index [3] out of range (5)", "index [17] out of range (20)")]
    [InlineData("missing key 'a1'", "missing key \"b2\"")]
    [InlineData("retry=3; code=17", "retry=4; code=99")]
    public void Numbers_ids_and_paths_do_not_tell_two_errors_apart(string one, string other) =>
        Assert.Equal(ErrorSignature.Of(one), ErrorSignature.Of(other));

    [Theory]
    [InlineData("NameError: name 'alice' is not defined", "NameError: name 'bob' is not defined")]
    [InlineData("unknown column \"first name\"", "unknown column \"city\"")]
    public void Quoted_texts_do_not_tell_two_errors_apart(string one, string other) =>
        Assert.Equal(ErrorSignature.Of(one), ErrorSignature.Of(other));

    [Theory]
    [InlineData("KeyError: 'name'", "KeyError: \"other\"")]
    [InlineData("bad  token\t(x)", "bad token x")]
    public void Quotes_brackets_and_spaces_do_not_matter(string one, string other) =>
        Assert.Equal(ErrorSignature.Of(one), ErrorSignature.Of(other));

    [Theory]
    [InlineData("Timeout after 30 s", "Refused after 30 s")]
    [InlineData("TypeError: x", "ValueError: x")]
    public void Words_tell_two_errors_apart(string one, string other) => Assert.NotEqual(ErrorSignature.Of(one), ErrorSignature.Of(other));

    [Fact]
    public void What_is_masked_is_named() => Assert.Equal("open <path> failed with <number>", ErrorSignature.Of("open /tmp/x failed with 13"));

    [Fact]
    public void Of_a_python_traceback_the_last_line_counts()
    {
        const string traceback = "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\r\n    f()\nZeroDivisionError: division by zero\n";

        Assert.Equal("ZeroDivisionError: division by zero", ErrorSignature.Of(traceback));
    }

    [Theory]
    [InlineData("NullReference in Foo\n   at Foo.Bar()\n   at Main()")]
    [InlineData("NullReference in Foo\r\nsomething else")]
    [InlineData("\n\n  NullReference in Foo  \n")]
    [InlineData("NullReference in Foo")]
    public void Of_any_other_text_the_first_line_counts(string error) => Assert.Equal("NullReference in Foo", ErrorSignature.Of(error));

    [Fact]
    public void A_traceback_of_one_line_is_that_line() => Assert.Equal("Traceback missing", ErrorSignature.Of("Traceback missing"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    public void Without_a_text_there_is_no_signature(string? error) => Assert.Null(ErrorSignature.Of(error));

    [Fact]
    public void The_end_of_a_very_long_line_does_not_count()
    {
        var beginning = string.Concat(Enumerable.Repeat("word ", 60));

        Assert.Equal(ErrorSignature.Of(beginning + "one"), ErrorSignature.Of(beginning + "two"));
    }
}
