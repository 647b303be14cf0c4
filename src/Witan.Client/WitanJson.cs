using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Witan.Client;

/// <summary>How Witan's JSON is read and written: camelCase, nulls written, times in RFC 3339 UTC with microseconds.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 16,
    Converters = [typeof(StrictText), typeof(StrictTime), typeof(FiniteNumber)])]
[JsonSerializable(typeof(FixProposal))]
[JsonSerializable(typeof(OutcomeReport))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(FixAnswer))]
[JsonSerializable(typeof(AutoFix))]
[JsonSerializable(typeof(AutoFixPage))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(Agent))]
[JsonSerializable(typeof(AgentPage))]
[JsonSerializable(typeof(Model))]
[JsonSerializable(typeof(ModelPage))]
[JsonSerializable(typeof(TrainingRequest))]
[JsonSerializable(typeof(Training))]
[JsonSerializable(typeof(TrainingPage))]
[JsonSerializable(typeof(ModelCurves))]
[JsonSerializable(typeof(ModelDrift))]
[JsonSerializable(typeof(DecisionStats))]
[JsonSerializable(typeof(LearningReport))]
[JsonSerializable(typeof(LearningUse))]
[JsonSerializable(typeof(Learning))]
[JsonSerializable(typeof(LearningPage))]
[JsonSerializable(typeof(CollaborationRequest))]
[JsonSerializable(typeof(CollaborationChange))]
[JsonSerializable(typeof(Collaboration))]
[JsonSerializable(typeof(CollaborationPage))]
[JsonSerializable(typeof(VoteRequest))]
[JsonSerializable(typeof(Vote))]
[JsonSerializable(typeof(VotePage))]
[JsonSerializable(typeof(ConsensusAnswer))]
[JsonSerializable(typeof(StatsSummary))]
[JsonSerializable(typeof(RefreshAnswer))]
[JsonSerializable(typeof(FixStats))]
[JsonSerializable(typeof(CollaborationStats))]
[JsonSerializable(typeof(DomainStats))]
[JsonSerializable(typeof(ConsensusStats))]
[JsonSerializable(typeof(Timeline))]
[JsonSerializable(typeof(Experiment))]
[JsonSerializable(typeof(ExperimentPage))]
[JsonSerializable(typeof(ExperimentChange))]
[JsonSerializable(typeof(PolicyDocument))]
[JsonSerializable(typeof(DryRunRequest))]
[JsonSerializable(typeof(DryRunAnswer))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(KeyRotation))]
[JsonSerializable(typeof(IssuedKey))]
[JsonSerializable(typeof(KeyInfo))]
[JsonSerializable(typeof(KeyPage))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(ChangeEvent))]
[JsonSerializable(typeof(Liveness))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(IReadOnlyList<KeyScope>))]
[JsonSerializable(typeof(IReadOnlyList<int>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, JsonElement>))]
public sealed partial class WitanJson : JsonSerializerContext
{
    /// <summary>For reading answers: a field that a newer server added is passed over.</summary>
    public static WitanJson Answers => _answers ??= new(new JsonSerializerOptions(Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip });

    private static WitanJson? _answers;
}

/// <summary>An enumeration as lower-case words joined by underscores; anything else is refused, other case and numbers too.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class SnakeCaseNames<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly Dictionary<string, T> Values = Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
    private static readonly Dictionary<T, string> Names = Values.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Values.TryGetValue(StrictText.Checked(ref reader), out var value)
            ? value
            : throw new JsonException($"expected one of {string.Join(", ", Values.Keys)}");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Names[value]);
}

/// <summary>Texts that every database can hold: no U+0000 and no half of a surrogate pair.</summary>
internal sealed class StrictText : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("expected a text");
        return Checked(ref reader);
    }

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Checked(ref reader);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    internal static string Checked(ref Utf8JsonReader reader)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("holds half of a surrogate pair or bytes that are not UTF-8; send well-formed text");
        }
        return text.Contains('\0') ? throw new JsonException("holds the character U+0000; leave it out") : text;
    }
}

/// <summary>Times with an offset, read to the microsecond and written in UTC.</summary>
internal sealed class StrictTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && WitanTime.TryParse(reader.GetString(), out var time)
            ? time
            : throw new JsonException(WitanTime.Expected);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(WitanTime.Format(value));
}

/// <summary>Numbers that are numbers: 1e999 reads as infinity and would poison every later sum.</summary>
internal sealed class FiniteNumber : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new JsonException("expected a finite number");

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>Times as Witan reads and writes them.</summary>
public static class WitanTime
{
    /// <summary>What is expected where a time does not parse.</summary>
    public const string Expected = "expected a time like 2026-11-23T10:00:00Z (RFC 3339, with an offset)";

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Reads an RFC 3339 time with an offset; what is finer than a microsecond is cut off.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time in UTC.</param>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null || text.Length < 20 || !HasOffset(text)
            || !DateTimeOffset.TryParseExact(text.ToUpperInvariant(), Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
            return false;
        time = ToMicroseconds(parsed);
        return true;
    }

    /// <summary>Writes a time in UTC, with as many digits of a second as it has.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>The time in UTC, cut to the microsecond: what the databases keep.</summary>
    public static DateTimeOffset ToMicroseconds(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    private static bool HasOffset(string text) => text[^1] is 'Z' or 'z' || text[^6] is '+' or '-';
}
