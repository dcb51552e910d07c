using Npgsql;
using Orleans.Runtime;

namespace GrainAnalytics.OrleansDashboard.Cluster;

/// <summary>Why a cluster cannot be reached, in a line for operators.</summary>
internal static class Reasons
{
    public static string Of(Exception error) => error.GetBaseException() switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable } => "the database has no table of silos yet; the first silo makes it.",
        PostgresException e => $"the database says: {e.MessageText}",
        NpgsqlException e => $"the database does not answer: {e.Message}",
        SiloUnavailableException => "no silo answers.",
        TimeoutException => "a silo did not answer in time.",
        { Message: var message } => message.Split('\n')[0],
    };
}
