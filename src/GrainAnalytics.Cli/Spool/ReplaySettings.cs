namespace GrainAnalytics.Cli.Spool;

/// <summary>Which spool is to be delivered, and where.</summary>
/// <param name="Folder">The spool's folder.</param>
/// <param name="Database">Npgsql connection string.</param>
/// <param name="Keep">Move delivered files to the folder <c>delivered</c>, instead of deleting them.</param>
/// <param name="GiveUp">How long the database may be away.</param>
internal sealed record ReplaySettings(string Folder, string Database, bool Keep, TimeSpan GiveUp);
