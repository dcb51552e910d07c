using System.Net;

namespace GrainAnalytics.OrleansDashboard;

internal static partial class Log   // Orleans dashboard: 7000-7999
{
    [LoggerMessage(7001, LogLevel.Warning, "The cluster cannot be reached, trying on: {Reason}")]
    public static partial void ClusterAway(this ILogger logger, string reason);

    [LoggerMessage(7002, LogLevel.Information, "Connected to the cluster")]
    public static partial void ClusterFound(this ILogger logger);

    [LoggerMessage(7003, LogLevel.Warning, "A wrong admin token came from {Address}")]
    public static partial void WrongToken(this ILogger logger, IPAddress? address);

    [LoggerMessage(7004, LogLevel.Information, "Signed in from {Address}")]
    public static partial void SignedIn(this ILogger logger, IPAddress? address);

    [LoggerMessage(7005, LogLevel.Warning, "The admin token has {Characters} characters and could be guessed; make it longer")]
    public static partial void TokenIsShort(this ILogger logger, int characters);

    [LoggerMessage(7006, LogLevel.Error, "A request of the dashboard failed")]
    public static partial void RequestFailed(this ILogger logger, Exception error);

    [LoggerMessage(7007, LogLevel.Warning, "The connection to the cluster did not end in time: {Reason}")]
    public static partial void DisconnectFailed(this ILogger logger, string reason);
}
