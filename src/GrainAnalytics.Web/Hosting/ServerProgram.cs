using GrainAnalytics.Core.Spool;
using Microsoft.AspNetCore.Connections;

namespace GrainAnalytics.Web.Hosting;

/// <summary>What all programs that serve have in common: from the command line to the exit code.</summary>
public static class ServerProgram
{
    /// <summary>Puts a server together; nothing runs yet.</summary>
    /// <param name="args">Command line, which overrides environment and files.</param>
    /// <param name="compose">Adds engine and store, given the connection string; returns what is wrong with their settings.</param>
    /// <returns>The server, or what is wrong with its settings, a line each.</returns>
    public static (WebApplication? App, IReadOnlyList<string> Faults) Build(string[] args, Func<WebApplicationBuilder, string, IReadOnlyList<string>> compose)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        if (builder.Configuration.GetConnectionString("Postgres") is not { Length: > 0 } connectionString)
            return (null, ["ConnectionStrings__Postgres is not set: give an Npgsql connection string, or start with ./run, which brings a private PostgreSQL."]);
        builder.AddGrainAnalyticsWeb();
        try
        {
            var faults = compose(builder, connectionString);
            if (faults.Count > 0) return (null, faults);
            var app = builder.Build();
            faults = StartupCheck.FindFaults(app.Services);
            if (faults.Count > 0) return (null, faults);
            // Opened before anything starts: another process may have it.
            _ = app.Services.GetService<EventSpool>();
            app.MapGrainAnalytics();
            return (app, []);
        }
        catch (SpoolException e)
        {
            return (null, [e.Message]);
        }
        catch (ArgumentException e)
        {
            // The data source is made here for the first time; the message never repeats the string, which has a password.
            return (null, [$"ConnectionStrings__Postgres is malformed: {e.Message}"]);
        }
    }

    /// <summary>Runs a server until it is told to stop.</summary>
    /// <param name="built">What <see cref="Build"/> returned.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync((WebApplication? App, IReadOnlyList<string> Faults) built)
    {
        if (built.App is not { } app)
        {
            foreach (var fault in built.Faults) Console.Error.WriteLine(fault);
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
    }
}
