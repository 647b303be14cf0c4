using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Platform.Redis;

namespace Witan.Benchmarks;

/// <summary>The limiter without HTTP: three nodes on one Redis, and what one decision costs. benchmarks/limiter runs it.</summary>
internal static class Limiter
{
    private const int Nodes = 3;
    private const int CallersOfNode = 16;
    private const int PerMinute = 60_000;

    public static async Task RunAsync(string redis, long decisions)
    {
        var nodes = Enumerable.Range(0, Nodes).Select(_ => new Buckets(new(RedisLink.Connect("limiter", redis, NullLogger.Instance)), TimeProvider.System)).ToList();
        foreach (var node in nodes)
        {
            while (((BucketLease)await node.AcquireAsync(new("warm", new("warm", PerMinute, IsExact: true)))).IsAlone || !node.Server!.IsUp)
                await Task.Delay(50);
            await node.Server!.CountNodesAsync();
        }
        await OvershootAsync(nodes, decisions);
        await CostAsync("refusal of an exhausted client, shared", nodes[0], new("refused", 1, IsExact: true));
        await CostAsync("admission from what is held, shared", nodes[0], new("held", 100_000_000));
        await using var local = new Buckets(null, TimeProvider.System);
        await CostAsync("refusal of an exhausted client, in memory", local, new("refused", 1));
        await CostAsync("admission, in memory", local, new("admitted", 100_000_000));
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    private static async Task OvershootAsync(List<Buckets> nodes, long decisions)
    {
        var rule = new BucketRule("exact", PerMinute, IsExact: true);
        var (left, admitted, alone) = (decisions, 0L, 0L);
        var time = Stopwatch.StartNew();
        await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, CallersOfNode).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var lease = (BucketLease)await node.AcquireAsync(new("one", rule));
                if (lease.IsAlone)
                    Interlocked.Increment(ref alone);
                else if (lease.IsAcquired)
                    Interlocked.Increment(ref admitted);
            }
        }))));
        var allowed = (long)Math.Floor(PerMinute * (1 + time.Elapsed.TotalMinutes));
        Say($"{decisions} decisions of {Nodes} nodes in {time.Elapsed.TotalSeconds:0.0} s: {admitted} let through of {allowed} allowed, overshoot {Math.Max(0, admitted - allowed)}; {alone} decided without Redis");
    }

    private static async Task CostAsync(string what, Buckets buckets, BucketRule rule)
    {
        const int asks = 500_000;
        var best = double.MaxValue;
        var bytes = 0L;
        for (var round = 0; round < 5; round++)
        {
            var (allocated, start) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
            for (var ask = 0; ask < asks; ask++)
                _ = await buckets.AcquireAsync(new("one of them", rule));
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / asks);
            bytes = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / asks;
        }
        Say($"{what}: {best:0} ns, {bytes} bytes");
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
