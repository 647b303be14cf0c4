using System.Globalization;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Witan.Server.Platform.Compression;

namespace Witan.Server.Tests.Platform.Compression;

/// <summary>Which coding a caller gets, against a plain reading of RFC 9110.</summary>
public sealed class EncodingTests
{
    private static readonly string[] Names = ["gzip", "br", "identity", "*", "deflate", "zstd", "GZIP", "Br"];
    private static readonly string[] Weights = ["", ";q=0", ";q=0.3", ";q=0.5", "; q=0.8", ";q=1", ";q=0.001", ";q=0.000"];

    private static readonly Gen<(string Name, string Weight)> Entry = Gen.Select(Gen.Int[0, Names.Length - 1], Gen.Int[0, Weights.Length - 1], (name, weight) => (Names[name], Weights[weight]));

    [Fact]
    public void Of_what_is_taken_the_one_with_the_highest_weight_and_Brotli_before_gzip() =>
        Entry.Array[0, 5].Sample(entries =>
        {
            var headers = Headers(string.Join(", ", entries.Select(entry => entry.Name + entry.Weight)));
            Assert.Equal(Naive(entries), Encodings.Of(headers));
            Assert.Equal(Naive(entries), Encodings.Of(Headers([.. entries.Select(entry => entry.Name + entry.Weight)]))); // a line each
            headers[Encodings.OptOut] = "1";
            Assert.Equal(Encoding.Identity, Encodings.Of(headers));
        }, iter: 5_000);

    [Theory]
    [InlineData("gzip, deflate, br, zstd", Encoding.Brotli)]
    [InlineData("gzip;q=1.0, br;q=0.9", Encoding.Gzip)]
    [InlineData("gzip", Encoding.Gzip)]
    [InlineData("*", Encoding.Brotli)]
    [InlineData("*, br;q=0", Encoding.Gzip)]
    [InlineData("identity, gzip;q=0.5", Encoding.Identity)]
    [InlineData("gzip;q=0", Encoding.Identity)]
    [InlineData("", Encoding.Identity)]
    [InlineData("gzip;q=nonsense", Encoding.Identity)]
    [InlineData("\u0001", Encoding.Identity)]
    internal void Known_headers_get_what_they_ask_for(string header, Encoding expected) =>
        Assert.Equal(expected, Encodings.Of(Headers(header)));

    private static HeaderDictionary Headers(params string[] lines) => new() { ["Accept-Encoding"] = lines };

    private static Encoding Naive(IReadOnlyList<(string Name, string Weight)> entries)
    {
        double? WeightOf(string name)
        {
            foreach (var (given, weight) in entries)
            {
                if (given.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return weight.Length == 0 ? 1 : double.Parse(weight[(weight.IndexOf('=', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
            }
            return null;
        }
        var any = WeightOf("*") ?? 0;
        var (brotli, gzip, identity) = (WeightOf("br") ?? any, WeightOf("gzip") ?? any, WeightOf("identity") ?? 0);
        if (brotli == 0 && gzip == 0)
            return Encoding.Identity;
        if (identity > brotli && identity > gzip)
            return Encoding.Identity;
        return gzip > brotli ? Encoding.Gzip : Encoding.Brotli;
    }
}
