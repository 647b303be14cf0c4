namespace Witan.Tests;

/// <summary>How often something happens in worlds whose truth is known. Each run has a seed of its own, so the share is the same in every test run.</summary>
internal static class Simulation
{
    public static double Share(int runs, Func<Random, bool> happens)
    {
        var count = 0;
        Parallel.For(0, runs, run =>
        {
            if (happens(new Random(1_000_003 * (run + 1))))
                Interlocked.Increment(ref count);
        });
        return count / (double)runs;
    }

    public static double Median(int runs, Func<Random, int> number)
    {
        var numbers = new int[runs];
        Parallel.For(0, runs, run => numbers[run] = number(new Random(1_000_003 * (run + 1))));
        Array.Sort(numbers);
        return numbers[runs / 2];
    }
}
