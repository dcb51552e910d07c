namespace GrainAnalytics.Cli.Commands;

/// <summary>What the process's exit code says; the same for every command.</summary>
internal static class ExitCode
{
    /// <summary>Done, and everything is as it should be.</summary>
    public const int Fine = 0;

    /// <summary>Done, and something is not: events lost, doubled, miscounted, refused or given up.</summary>
    public const int Faulty = 1;

    /// <summary>The command line, or a file that it names, cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>Nothing can be said: the server, the database or the network did not answer, or refused the key.</summary>
    public const int Unknown = 3;
}
