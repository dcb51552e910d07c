using GrainAnalytics.OrleansDashboard.Access;
using GrainAnalytics.OrleansDashboard.Cluster;
using Microsoft.AspNetCore.Connections;
using Orleans.Dashboard;

namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>The program, from the command line to the exit code.</summary>
internal static class DashboardProgram
{
    private const string DefaultAddress = "http://127.0.0.1:8090";
    private const int ShortToken = 16;

    public static async Task<int> RunAsync(string[] args)
    {
        if (Usage.IsAskedFor(args))
        {
            Console.WriteLine(Usage.Text);
            return 0;
        }
        var (app, faults) = Build(args);
        foreach (var fault in faults) Console.Error.WriteLine(fault);
        if (app is null) return 1;
        await using (app)
        {
            try
            {
                await app.RunAsync();
                return 0;
            }
            catch (IOException e) when (e.InnerException is AddressInUseException)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        }
    }

    private static (WebApplication? App, IReadOnlyList<string> Faults) Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var (settings, faults) = Settings.Read(builder.Configuration);
        if (faults.Count > 0) return (null, faults);
        ConsoleLogging.Add(builder);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 8 * 1024;     // nobody sends more than a token
        });
        if (!HasAddress(builder.Configuration)) builder.WebHost.UseUrls(DefaultAddress);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.AddSingleton(settings.Dashboard);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddAccess();
        builder.AddCluster(settings);

        var app = builder.Build();
        if (settings.Dashboard.AdminToken.Length < ShortToken) app.Logger.TokenIsShort(settings.Dashboard.AdminToken.Length);
        app.UseMiddleware<AccessGate>();
        app.UseMiddleware<ClusterGate>();
        app.UseRouting();
        app.MapHealth();
        app.MapSignIn();
        app.MapOrleansDashboard(ClusterGate.Path);
        return (app, []);
    }

    private static bool HasAddress(ConfigurationManager configuration) =>
        configuration["urls"] is { Length: > 0 } || configuration["http_ports"] is { Length: > 0 }
        || configuration["https_ports"] is { Length: > 0 } || configuration.GetSection("Kestrel:Endpoints").Exists();
}
