using GrainAnalytics.Core.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql;

/// <summary>What PostgreSQL's errors mean for the caller.</summary>
internal static class StoreErrors
{
    /// <summary>Runs work on the database and translates its errors.</summary>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (IsStoreError(e, cancel))
        {
            throw Translate(e);
        }
    }

    /// <summary>True for the database's errors, for our own time-outs and for a conversation with the database that got out of step; false when the caller
    /// itself cancelled.</summary>
    public static bool IsStoreError(Exception e, CancellationToken callerCancel) =>
        e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException
        || e is OperationCanceledException && !callerCancel.IsCancellationRequested
        || IsOutOfStep(e);

    /// <summary>True when the connection broke, or the server ended it: on another one the statement may work. Silence is not meant, as it lasts.</summary>
    public static bool IsBroken(NpgsqlException e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } || e.InnerException is IOException or System.Net.Sockets.SocketException;

    // Npgsql has no type of its own for an answer that it did not expect. It has closed the connection by then.
    private static bool IsOutOfStep(Exception e) => e.GetType() == typeof(Exception) && e.Source == "Npgsql";

    /// <summary>By SQLSTATE class: 40 is a conflict; 22, 23 and 54 are about the data; XX (internal error), P0 (raised by a
    /// function) and what else functions and triggers end with is unclear; everything else (connection, resources, operator,
    /// locks, a schema that is not there yet, a database that only reads, silence) means that the store is away.</summary>
    public static EventStoreException Translate(Exception e)
    {
        if (e is PostgresException { SqlState: { Length: 5 } state } server)
        {
            var failure = state[..2] switch
            {
                "40" => StoreFailure.Conflict,
                // A violated check names its constraint. This one names none: the row's partition is not made yet.
                "23" when state == PostgresErrorCodes.CheckViolation && string.IsNullOrEmpty(server.ConstraintName) => StoreFailure.Away,
                "22" or "23" or "54" => StoreFailure.BadData,
                // An error that ends the connection is no answer about a statement.
                "XX" or "P0" or "21" or "27" or "2F" or "38" or "39" or "44" when server.InvariantSeverity == "ERROR" => StoreFailure.Unclear,
                _ => StoreFailure.Away,
            };
            var words = $"{state}: {server.MessageText}";
            // A server that shuts down may have committed before it said so.
            if (failure is StoreFailure.Away or StoreFailure.Conflict) return new EventStoreException(failure, failure == StoreFailure.Away, words);
            // Here its words, their context and so the exception itself may repeat the data.
            return new EventStoreException(failure, isOutcomeUnknown: false, Place(state, server)) { Detail = words };
        }
        return new EventStoreException(StoreFailure.Away, isOutcomeUnknown: true, e.Message, e);
    }

    private static string Place(string state, PostgresException server) =>
        state + (server.TableName is { } table ? $" in {table}" : "") + (server.ConstraintName is { } constraint ? $", {constraint}" : "");
}
