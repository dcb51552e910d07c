namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>What <c>--help</c> prints.</summary>
internal static class Usage
{
    public const string Text = """
        Usage: GrainAnalytics.OrleansDashboard [--SECTION:NAME=VALUE...]

        Shows a GrainAnalytics cluster to its operators: the Orleans Dashboard, for who has the admin token.

        Settings, as environment variables (or on the command line with : instead of __):
          Dashboard__AdminToken        required; what browsers and scripts must present
          ConnectionStrings__Postgres  required; the PostgreSQL that the silos share
          Cluster__ClusterId           default grain-analytics; as the silos have it
          Cluster__ServiceId           default grain-analytics; as the silos have it
          Dashboard__SessionLifetime   default 12:00:00; how long a browser stays signed in
          ASPNETCORE_URLS              default http://127.0.0.1:8090; addresses to listen on
          ASPNETCORE_FORWARDEDHEADERS_ENABLED
                                       default false; true behind a proxy that sets X-Forwarded-For and X-Forwarded-Proto
          Logging__Format              default auto; json, text, or by whether the output is a terminal
          Logging__LogLevel__Default   default Warning

        Without authentication it answers /health/live, and /health/ready, which is 200 while the cluster can be reached.
        Scripts send "Authorization: Bearer TOKEN".
        """;

    public static bool IsAskedFor(string[] args) => args.Any(arg => arg is "--help" or "-h" or "-?");
}
