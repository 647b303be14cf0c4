using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Witan.Server.Verbs;

/// <summary>
/// Probabilities that somebody else gave for the fixes of an outcome file: CSV with the header <c>line,p</c>, the line of the
/// fix in that file, from 1 on, and the probability that it succeeds. Other columns are let be.
/// </summary>
internal static class ReferencePredictions
{
    private const string Line = "line", Probability = "p";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The CSV file.</param>
    /// <returns>The probability of each line of the outcome file, or what is wrong, in one sentence.</returns>
    public static (IReadOnlyDictionary<int, double>? Predictions, string? Problem) Read(string path)
    {
        if (!File.Exists(path))
            return (null, $"there is no file {path}");
        using var text = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        var (predictions, problem) = Read(text);
        return (predictions, problem is null ? null : $"{path}: {problem}");
    }

    /// <summary>Reads a text.</summary>
    public static (IReadOnlyDictionary<int, double>? Predictions, string? Problem) Read(TextReader text)
    {
        using var csv = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null, MissingFieldFound = null, TrimOptions = TrimOptions.Trim });
        try
        {
            return ReadAll(csv);
        }
        catch (Exception e) when (e is CsvHelperException or DecoderFallbackException)
        {
            return (null, $"what follows line {csv.Parser.RawRow} is not CSV in UTF-8");
        }
    }

    private static (IReadOnlyDictionary<int, double>? Predictions, string? Problem) ReadAll(CsvReader csv)
    {
        if (!csv.Read() || !csv.ReadHeader())
            return (null, "the file is empty, and should begin with the header line,p");
        if (!csv.HeaderRecord!.Contains(Line) || !csv.HeaderRecord!.Contains(Probability))
            return (null, $"line {csv.Parser.RawRow}: the header should be line,p and is {string.Join(',', csv.HeaderRecord!)}");
        var predictions = new Dictionary<int, double>();
        while (csv.Read())
        {
            if (Fault(csv, predictions) is { } fault)
                return (null, $"line {csv.Parser.RawRow}: {fault}");
        }
        return predictions.Count == 0 ? (null, "the file holds no prediction after its header") : (predictions, null);
    }

    // Adds the prediction of a row, or says what is wrong with it.
    private static string? Fault(CsvReader csv, Dictionary<int, double> predictions)
    {
        var (line, probability) = (csv.GetField(Line), csv.GetField(Probability));
        if (!int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return $"line should be the number of a line of the outcome file, from 1 on, and is \"{line}\"";
        if (!double.TryParse(probability, NumberStyles.Float, CultureInfo.InvariantCulture, out var p) || p is not (>= 0 and <= 1)) // NaN is not
            return $"p should be a probability from 0 to 1, and is \"{probability}\"";
        return predictions.TryAdd(number, p) ? null : $"there is a prediction for line {number} already";
    }
}
