using System.Text.Json.Serialization;
using Witan.Client;

namespace Witan.Server.Fixes;

/// <summary>A receipt as it is stored: the answer, and the numbers behind it without their names.</summary>
internal sealed record StoredReceipt(DateTimeOffset AsOf, long Sequence, string SchemaHash, double[] Features, int Comparable, FixAnswer Answer, double? Propensity = null)
{
    public FixReceipt ToReceipt(Guid fixId, IReadOnlyList<string> names) => new()
    {
        AsOf = AsOf,
        Sequence = Sequence,
        SchemaHash = SchemaHash,
        Answer = Answer with { Id = fixId },
        Propensity = Propensity,
        Features = names.Zip(Features).ToDictionary(f => f.First, f => f.Second),
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StoredReceipt))]
internal sealed partial class ReceiptJson : JsonSerializerContext;
