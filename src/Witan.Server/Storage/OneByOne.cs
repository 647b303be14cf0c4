namespace Witan.Server.Storage;

/// <summary>Makes a write of one input into a write of a group.</summary>
internal static class OneByOne
{
    /// <summary>Does the inputs of a group one after the other.</summary>
    public static WriteOperation<TIn, TOut> Of<TIn, TOut>(Func<WriteSession, TIn, Task<TOut>> work) => async (session, inputs) =>
    {
        var results = new List<TOut>(inputs.Count);
        foreach (var input in inputs)
            results.Add(await work(session, input));
        return results;
    };
}
