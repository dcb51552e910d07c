using GrainAnalytics.Standalone;

var (app, faults) = Server.Build(args);
if (app is null)
{
    foreach (var fault in faults) Console.Error.WriteLine(fault);
    return 1;
}
await app.RunAsync();
return 0;
