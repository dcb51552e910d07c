using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>Everything the program is told, checked.</summary>
/// <param name="Dashboard">Who may look.</param>
/// <param name="Cluster">At which cluster.</param>
/// <param name="ConnectionString">Where that cluster's membership table is.</param>
internal sealed record Settings(DashboardSettings Dashboard, ClusterName Cluster, string ConnectionString)
{
    /// <summary>Reads them; what is wrong with them is named, a line each.</summary>
    public static (Settings Settings, IReadOnlyList<string> Faults) Read(IConfiguration configuration)
    {
        var faults = new List<string>();
        var dashboard = Section<DashboardSettings>(configuration, DashboardSettings.Section, faults);
        var cluster = Section<ClusterName>(configuration, ClusterName.Section, faults);
        // Read apart: when another setting cannot be converted, nothing is known of the section's rest.
        dashboard.AdminToken = configuration[$"{DashboardSettings.Section}:{nameof(DashboardSettings.AdminToken)}"]?.Trim() ?? "";
        if (dashboard.AdminToken.Length == 0)
            faults.Add("Dashboard__AdminToken is not set: without a token anybody could look into the cluster. There is no default; `openssl rand -hex 32` makes one.");
        var connectionString = configuration.GetConnectionString("Postgres") ?? "";
        if (connectionString.Length == 0)
            faults.Add("ConnectionStrings__Postgres is not set: give the Npgsql connection string that the silos have.");
        else if (FindFault(connectionString) is { } fault)
            faults.Add(fault);
        return (new Settings(dashboard, cluster, connectionString), faults);
    }

    private static T Section<T>(IConfiguration configuration, string name, List<string> faults) where T : new()
    {
        try
        {
            var section = configuration.GetSection(name).Get<T>() ?? new T();
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(section, new ValidationContext(section), results, validateAllProperties: true);
            faults.AddRange(results.Select(result => $"{name}: {result.ErrorMessage}"));
            return section;
        }
        catch (InvalidOperationException e)
        {
            faults.Add(e.Message);      // a value that cannot be converted; the binder's message names it
            return new T();
        }
    }

    private static string? FindFault(string connectionString)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(connectionString);
            return null;
        }
        catch (ArgumentException e)
        {
            return $"ConnectionStrings__Postgres is malformed: {e.Message}";   // never repeats the string, which has a password
        }
    }
}
