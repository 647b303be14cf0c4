namespace Witan.Server.Tests;

/// <summary>Tests that hold a deadline of the contract, or load the machine: they run one after the other, and beside no other.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
