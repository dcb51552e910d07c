using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Logs to the console: for programs as JSON, for people as lines.</summary>
internal static class ConsoleLogging
{
    /// <summary>Levels unless the configuration has others.</summary>
    private static readonly Dictionary<string, string?> Levels = new()
    {
        ["Logging:LogLevel:Default"] = "Warning",
        ["Logging:LogLevel:GrainAnalytics"] = "Information",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        // Each message of a call to a silo that died; the calls are made again, and what cannot be helped is logged by us.
        ["Logging:LogLevel:Orleans.Messaging"] = "None",
        ["Logging:LogLevel:Orleans.Runtime.CallbackData"] = "None",
        // Tells every change of the ring.
        ["Logging:LogLevel:GrainAnalytics.Grains.Users.AppendService"] = "Warning",
        ["Logging:LogLevel:GrainAnalytics.Grains.Live.LiveService"] = "Warning",
    };

    /// <summary>Categories that quote requests: whole addresses, in which a key may stand, and whatever was no HTTP. No
    /// configuration turns them on; a proxy in front can log requests without their keys.</summary>
    /// <remarks>While the first one logs at all, the server also makes an Activity and a scope for every request.</remarks>
    private static readonly string[] Quoting = ["Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel.BadRequests"];

    public static void Add(WebApplicationBuilder builder)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Levels });
        builder.Logging.ClearProviders();
        // The most special rule there is, and behind those of the configuration, of which the last one counts.
        foreach (var category in Quoting) builder.Logging.AddFilter<ConsoleLoggerProvider>(category, LogLevel.None);
        if (IsJson(builder))
            builder.Logging.AddJsonConsole(console =>
            {
                console.IncludeScopes = true;
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

    // An unknown word is not worth refusing to start.
    private static bool IsJson(WebApplicationBuilder builder) => builder.Configuration["Logging:Format"]?.ToLowerInvariant() switch
    {
        "json" => true,
        "text" => false,
        _ => builder.Environment.IsProduction() && Console.IsOutputRedirected,
    };
}
