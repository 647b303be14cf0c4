using Witan.Server.Verbs;

namespace Witan.Server.Tests.Verbs;

public sealed class ReferencePredictionsTests
{
    [Fact]
    public void Each_line_of_the_outcome_file_has_its_probability()
    {
        var (predictions, problem) = Read("line,p\n3,0.25\n1,1\n20,0\n7,1e-3\n");

        Assert.Null(problem);
        Assert.Equal([(1, 1.0), (3, 0.25), (7, 0.001), (20, 0.0)], predictions!.OrderBy(p => p.Key).Select(p => (p.Key, p.Value)));
    }

    [Fact]
    public void The_columns_are_found_by_their_names()
    {
        Assert.Equal(0.25, Read("p,note,line\r\n0.25,\"a, b\",3\r\n").Predictions![3]);
        Assert.Equal(0.25, Read("line, p\n\n 3 , 0.25\n\n").Predictions![3]);
        Assert.Equal(0.25, Read("\"line\",\"p\"\n\"3\",\"0.25\"").Predictions![3]);
    }

    [Theory]
    [InlineData("", "the file is empty, and should begin with the header line,p")]
    [InlineData("\n\n", "the file is empty, and should begin with the header line,p")]
    [InlineData("line,p\n", "the file holds no prediction after its header")]
    [InlineData("1,0.5\n2,0.6\n", "line 1: the header should be line,p and is 1,0.5")]
    [InlineData("line,probability\n2,0.6\n", "line 1: the header should be line,p and is line,probability")]
    [InlineData("line,p\n1,0.5\n2,1.5\n", "line 3: p should be a probability from 0 to 1, and is \"1.5\"")]
    [InlineData("line,p\n1,-0.1\n", "line 2: p should be a probability from 0 to 1, and is \"-0.1\"")]
    [InlineData("line,p\n1,NaN\n", "line 2: p should be a probability from 0 to 1, and is \"NaN\"")]
    [InlineData("line,p\n1,\n", "line 2: p should be a probability from 0 to 1, and is \"\"")]
    [InlineData("line,p\n1\n", "line 2: p should be a probability from 0 to 1, and is \"\"")]
    [InlineData("line,p\n1,high\n", "line 2: p should be a probability from 0 to 1, and is \"high\"")]
    [InlineData("line,p\n1,\"0,5\"\n", "line 2: p should be a probability from 0 to 1, and is \"0,5\"")]
    [InlineData("line,p\n0,0.5\n", "line 2: line should be the number of a line of the outcome file, from 1 on, and is \"0\"")]
    [InlineData("line,p\n-1,0.5\n", "line 2: line should be the number of a line of the outcome file, from 1 on, and is \"-1\"")]
    [InlineData("line,p\n1.5,0.5\n", "line 2: line should be the number of a line of the outcome file, from 1 on, and is \"1.5\"")]
    [InlineData("line,p\n99999999999,0.5\n", "line 2: line should be the number of a line of the outcome file, from 1 on, and is \"99999999999\"")]
    [InlineData("line,p\n1,0.5\n2,0.5\n1,0.5\n", "line 4: there is a prediction for line 1 already")]
    [InlineData("line,p\n\n\n1,0.5\n1,0.5\n", "line 5: there is a prediction for line 1 already")]
    public void What_is_wrong_is_told_in_one_sentence_with_its_line(string text, string problem) =>
        Assert.Equal((null, problem), Read(text));

    [Fact]
    public void A_file_is_named_with_what_is_wrong_in_it()
    {
        using var witan = new WitanProcess();
        var path = witan.Write("reference.csv", "line,p\n1,2\n");

        Assert.Equal($"{path}: line 2: p should be a probability from 0 to 1, and is \"2\"", ReferencePredictions.Read(path).Problem);
        Assert.Equal("there is no file nowhere.csv", ReferencePredictions.Read("nowhere.csv").Problem);
    }

    [Fact]
    public void A_file_may_begin_with_a_byte_order_mark_and_must_be_text()
    {
        using var witan = new WitanProcess();
        var path = witan.Write("reference.csv", "");
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. "line,p\n1,0.5\n"u8]);
        Assert.Equal(0.5, ReferencePredictions.Read(path).Predictions![1]);

        File.WriteAllBytes(path, [.. "line,p\n1,0.5\n2,"u8, 0xFF, 0xFE, .. "\n"u8]);
        Assert.Contains("is not CSV in UTF-8", ReferencePredictions.Read(path).Problem);
    }

    private static (IReadOnlyDictionary<int, double>? Predictions, string? Problem) Read(string text) => ReferencePredictions.Read(new StringReader(text));
}
