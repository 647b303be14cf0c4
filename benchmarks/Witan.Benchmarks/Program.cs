using BenchmarkDotNet.Running;
using Witan.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(Judging).Assembly).Run(args);
