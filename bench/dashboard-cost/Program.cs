using GrainAnalytics.DashboardCost;
using System.Diagnostics;
using System.Globalization;
using Orleans.Concurrency;
using Orleans.Dashboard;

// dotnet run -c Release -- off|on|watched|always [calls]
// CPU time and allocations of one call inside a silo, to a reentrant grain that answers at once, as the front's calls to
// user grains are. "off": no dashboard; "on": a silo as operators' dashboards need it, nobody looks; "watched": somebody
// looks, so that the profiler counts; "always": the profiler counts without anybody looking.
var mode = args.ElementAtOrDefault(0) ?? "off";
var calls = int.Parse(args.ElementAtOrDefault(1) ?? "2000000", CultureInfo.InvariantCulture);
const int Callers = 64, Grains = 1000;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Error);
builder.UseOrleans(silo =>
{
    silo.UseLocalhostClustering(siloPort: 21731, gatewayPort: 21732);
    if (mode != "off") silo.AddDashboard();
    if (mode == "always") silo.Services.Configure<GrainProfilerOptions>(profiler => profiler.TraceAlways = true);
});
await using var app = builder.Build();
app.Urls.Add("http://127.0.0.1:21733");
if (mode != "off") app.MapOrleansDashboard("/dashboard");
await app.StartAsync();

using var watcher = new HttpClient { BaseAddress = new("http://127.0.0.1:21733") };
using var end = new CancellationTokenSource();
var watching = mode == "watched" ? WatchAsync() : Task.CompletedTask;
var factory = app.Services.GetRequiredService<IGrainFactory>();
var grains = Enumerable.Range(0, Grains).Select(i => factory.GetGrain<IEcho>(i)).ToArray();
await RunAsync(calls / 4);  // activation, compilation, and the profiler's first second
await Task.Delay(2500);
for (var round = 0; round < 3; round++)
{
    var (cpu, bytes, clock) = (Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.StartNew());
    await RunAsync(calls);
    var spent = Process.GetCurrentProcess().TotalProcessorTime - cpu;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{mode,-8} cpu/call {spent.TotalMicroseconds / calls:F3} us, {(GC.GetTotalAllocatedBytes() - bytes) / (double)calls:F0} B/call, {calls / clock.Elapsed.TotalSeconds:F0} calls/s"));
}
await end.CancelAsync();
await watching;
await app.StopAsync();

Task RunAsync(int total) => Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
{
    for (var i = caller; i < total; i += Callers) await grains[i % Grains].EchoAsync(i);
})));

async Task WatchAsync()
{
    while (!end.IsCancellationRequested)
    {
        foreach (var what in (string[])["DashboardCounters", "ClusterStats", "TopGrainMethods"]) await watcher.GetStringAsync($"/dashboard/{what}");
        await Task.Delay(1000);
    }
}

namespace GrainAnalytics.DashboardCost
{
    [Alias("cost.echo")]
    internal interface IEcho : IGrainWithIntegerKey
    {
        [Alias("echo")]
        ValueTask<int> EchoAsync(int value);
    }

    [Reentrant]
    internal sealed class Echo : Grain, IEcho
    {
        public ValueTask<int> EchoAsync(int value) => ValueTask.FromResult(value);
    }
}
