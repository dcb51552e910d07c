using BenchmarkDotNet.Running;
using GrainAnalytics.Benchmarks;

switch (args)
{
    case ["flush", not null, ..]:
        await FlushRates.RunAsync(args[1..]);
        break;
    case ["fold", not null, ..]:
        await FoldRates.RunAsync(args[1..]);
        break;
    case ["writecost", not null, ..]:
        await WriteCost.RunAsync(args[1..]);
        break;
    case ["enrich"]:
        EnrichRatio.Run();
        break;
    case ["micro", ..]:
        BenchmarkSwitcher.FromTypes([typeof(ParseBenchmarks), typeof(CodecBenchmarks), typeof(TimelineBenchmarks), typeof(LiveBenchmarks)])
            .Run(args.Length > 1 ? args[1..] : ["--filter", "*"]);
        break;
    default:
        Console.WriteLine("""
            micro [BenchmarkDotNet options]                          parse, codec, timeline, live
            enrich                                                   what enriching adds to reading a request
            fold CONNECTION [events] [piece,piece]                   what bringing rollups up to date takes, part by part
            writecost CONNECTION [events] [batch] [rounds]           what each rollup adds to the write transaction
            flush CONNECTION [rows] [size,size] [writers,writers]    the write statement alone, on PostgreSQL
            """);
        break;
}
