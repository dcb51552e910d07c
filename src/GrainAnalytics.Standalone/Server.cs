using GrainAnalytics.Core.Engine;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.Web.Hosting;

namespace GrainAnalytics.Standalone;

/// <summary>The composition of this program: which engine and which store the web part gets.</summary>
internal static class Server
{
    /// <summary>Puts the server together; nothing runs yet.</summary>
    /// <param name="args">Command line, which overrides environment and files.</param>
    /// <returns>The server, or what is wrong with its settings, a line each.</returns>
    public static (WebApplication? App, IReadOnlyList<string> Faults) Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        if (builder.Configuration.GetConnectionString("Postgres") is not { Length: > 0 } connectionString)
            return (null, ["ConnectionStrings__Postgres is not set: give an Npgsql connection string, or start with ./run, which brings a private PostgreSQL."]);
        builder.AddGrainAnalyticsWeb();
        builder.Services.AddPostgres(connectionString);
        builder.Services.AddSingleton<SingleNodeEngine>();
        builder.Services.AddSingleton<IAnalyticsEngine>(services => services.GetRequiredService<SingleNodeEngine>());
        builder.Services.AddHostedService<EngineService>();
        var app = builder.Build();
        var faults = StartupCheck.FindFaults(app.Services);
        if (faults.Count > 0) return (null, faults);
        try
        {
            app.MapGrainAnalytics();
        }
        catch (ArgumentException e)
        {
            // The data source is made here for the first time; the message never repeats the string, which has a password.
            return (null, [$"ConnectionStrings__Postgres is malformed: {e.Message}"]);
        }
        return (app, []);
    }
}
