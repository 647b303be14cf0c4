using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Witan.Server.Models;

namespace Witan.Server.Experiments;

/// <summary>The name of an experiment: its two arms.</summary>
internal sealed record ExperimentName(string First, string Second)
{
    private const string Separator = "-vs-";

    /// <summary>The experiment that always runs.</summary>
    public static ExperimentName BuiltIn { get; } = new(Arms.Ml, ServingScorers.Heuristic);

    /// <summary>Two different arms, or null; whether there are such arms is not asked.</summary>
    public static ExperimentName? TryParse(string text) =>
        text.Split(Separator) is [var first, var second] && first.Length > 0 && second.Length > 0 && first != second ? new(first, second) : null;

    /// <summary>
    /// The lot: whether the second arm answers what has this key. It is drawn anew for each experiment and the same for ever,
    /// so that all attempts on an issue are answered by one arm.
    /// </summary>
    public bool DrawsSecond(string key, double share)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{this}\n{key}"));
        return BinaryPrimitives.ReadUInt64BigEndian(hash) * Math.ScaleB(1, -64) < share;
    }

    public override string ToString() => First + Separator + Second;
}
