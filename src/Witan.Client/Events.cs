namespace Witan.Client;

/// <summary>What changed since the event before, however often.</summary>
/// <param name="Id">Where the stream stands with this event: given back, it goes on from here and nothing is missed.</param>
/// <param name="Kinds">What changed: <c>fixes</c>, <c>learnings</c>, <c>collaborations</c>, <c>votes</c>, <c>agents</c>, <c>models</c>, <c>experiments</c> or
/// <c>summaries</c>. Empty in the first event of a stream that begins anew, and in those that only say that it lives.</param>
public sealed record ChangeEvent(string Id, IReadOnlyList<string> Kinds);
