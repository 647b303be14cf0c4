using BenchmarkDotNet.Running;
using Witan.Benchmarks;

if (args is ["limiter", var redis, var decisions])
    await Limiter.RunAsync(redis, long.Parse(decisions, System.Globalization.CultureInfo.InvariantCulture));
else
    BenchmarkSwitcher.FromAssembly(typeof(Judging).Assembly).Run(args);
