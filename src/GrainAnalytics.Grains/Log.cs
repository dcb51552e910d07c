using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains;

internal static partial class Log   // Grains: 4000-4999
{
    [LoggerMessage(4001, LogLevel.Debug, "The grain of a user of {Events} events could not be reached")]
    public static partial void AppendFailed(this ILogger logger, Exception error, int events);

    [LoggerMessage(4002, LogLevel.Debug, "Silo {Silo} did not take {Events} events; asking where their users live now: {Reason}")]
    public static partial void AskingAgain(this ILogger logger, SiloAddress silo, int events, string reason);

    [LoggerMessage(4003, LogLevel.Warning, "{Events} events found no silo within the time for an answer; their sender is told to send them again")]
    public static partial void NobodyTook(this ILogger logger, int events);
}
