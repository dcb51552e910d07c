using GrainAnalytics.Benchmarks;

if (args is ["flush", ..]) await FlushRates.RunAsync(args[1..]);
else Console.WriteLine("flush CONNECTION [rows] [sizes] [writers]");
