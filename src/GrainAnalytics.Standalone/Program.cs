using GrainAnalytics.Standalone;
using Microsoft.AspNetCore.Connections;

var (app, faults) = Server.Build(args);
if (app is null)
{
    foreach (var fault in faults) Console.Error.WriteLine(fault);
    return 1;
}
try
{
    await app.RunAsync();
}
catch (IOException e) when (e.InnerException is AddressInUseException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
// Set by whatever had to stop the server, such as a database that is newer than this program.
return Environment.ExitCode;
