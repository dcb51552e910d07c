using Microsoft.Extensions.Configuration.Memory;

namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>Logs to the console as the servers do: for programs as JSON, for people as lines.</summary>
internal static class ConsoleLogging
{
    /// <summary>Levels unless the configuration has others.</summary>
    private static readonly Dictionary<string, string?> Levels = new()
    {
        ["Logging:LogLevel:Default"] = "Warning",
        ["Logging:LogLevel:GrainAnalytics"] = "Information",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        // While no silo can be reached the client tells of each attempt, with a stack; we say it once.
        ["Logging:LogLevel:Orleans"] = "None",
    };

    public static void Add(WebApplicationBuilder builder)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Levels });
        builder.Logging.ClearProviders();
        if (IsJson(builder))
            builder.Logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        else
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
            });
    }

    private static bool IsJson(WebApplicationBuilder builder) => builder.Configuration["Logging:Format"]?.ToLowerInvariant() switch
    {
        "json" => true,
        "text" => false,
        _ => builder.Environment.IsProduction() && Console.IsOutputRedirected,
    };
}
