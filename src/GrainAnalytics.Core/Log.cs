using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core;

internal static partial class Log   // Core: 1000-1999
{
    [LoggerMessage(1001, LogLevel.Warning, "Write of {Events} events failed at attempt {Attempt}; they stay queued")]
    public static partial void WriteFailed(this ILogger logger, Exception error, int events, int attempt);

    [LoggerMessage(1002, LogLevel.Warning, "The database refuses data in a batch of {Events} events, which is split to find it: {Reason}")]
    public static partial void SplittingBatch(this ILogger logger, int events, string reason);

    [LoggerMessage(1003, LogLevel.Error, "An event of site {SiteId} was refused by the database and set aside: {Reason}")]
    public static partial void SetAside(this ILogger logger, int siteId, string reason);

    [LoggerMessage(1040, LogLevel.Warning, "Write of {Events} events met {Reason}, which may be the database's trouble or the data's; it is repeated")]
    public static partial void WriteUnclear(this ILogger logger, int events, string reason);

    [LoggerMessage(1041, LogLevel.Warning, "{Rows} rejected rows could not be kept as dead letters; further ones are only counted until one can: {Reason}")]
    public static partial void LettersDropped(this ILogger logger, int rows, string reason);

    [LoggerMessage(1042, LogLevel.Warning, "Dead letters were not cleaned up: {Reason}")]
    public static partial void LettersNotCleaned(this ILogger logger, string reason);

    [LoggerMessage(1004, LogLevel.Debug, "Let go of {Users} idle users; {Left} stay in memory")]
    public static partial void ReleasedIdle(this ILogger logger, int users, int left);

    [LoggerMessage(1005, LogLevel.Warning, "A live update of site {SiteId} was lost; the next refresh makes up for it")]
    public static partial void LiveUpdateLost(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(1006, LogLevel.Warning, "Live counters of site {SiteId} could not be read; it is tried again every second")]
    public static partial void LiveReadFailed(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(1007, LogLevel.Warning, "The live subscription of site {SiteId} did not end as it should")]
    public static partial void LiveEndFailed(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(1010, LogLevel.Warning, "The database is away: {Reason}")]
    public static partial void StoreIsAway(this ILogger logger, string reason);

    [LoggerMessage(1011, LogLevel.Information, "The database is back after {Away}")]
    public static partial void StoreIsBack(this ILogger logger, TimeSpan away);

    [LoggerMessage(1012, LogLevel.Error, "Asking the database for a sign of life met an error that nobody expected; it counts as silence")]
    public static partial void ProbeBroke(this ILogger logger, Exception error);

    [LoggerMessage(1020, LogLevel.Information, "The spool holds {Events} events in {Files} files of an earlier run; they are delivered now")]
    public static partial void SpoolRecovered(this ILogger logger, long events, int files);

    [LoggerMessage(1021, LogLevel.Warning, "{Bytes} bytes at the end of {File} were of a write that did not come to its end: cut off")]
    public static partial void SpoolCut(this ILogger logger, string file, long bytes);

    [LoggerMessage(1022, LogLevel.Error, "{File} is damaged from byte {Offset}, for {Bytes} bytes: kept in {Kept}; what stands behind it is delivered")]
    public static partial void SpoolDamaged(this ILogger logger, string file, int offset, int bytes, string kept);

    [LoggerMessage(1023, LogLevel.Error, "{Events} events could not be written to the spool; their requests were refused")]
    public static partial void SpoolWriteFailed(this ILogger logger, Exception error, int events);

    [LoggerMessage(1024, LogLevel.Information, "The spool is empty: everything in it was delivered")]
    public static partial void SpoolEmpty(this ILogger logger);

    [LoggerMessage(1025, LogLevel.Warning, "The spool's delivery waits, {Events} events: {Reason}")]
    public static partial void SpoolDeliveryFailed(this ILogger logger, string reason, int events);

    [LoggerMessage(1026, LogLevel.Error, "The spool's delivery met an error that nobody expected; it goes on")]
    public static partial void SpoolDeliveryBroke(this ILogger logger, Exception error);

    [LoggerMessage(1040, LogLevel.Warning, "The use of site {SiteId}'s quota could not be written; its events pass on credit: {Reason}")]
    public static partial void QuotaOnCredit(this ILogger logger, int siteId, string reason);

    [LoggerMessage(1041, LogLevel.Warning, "The unused part of site {SiteId}'s quota could not be given back; the site misses it today: {Reason}")]
    public static partial void QuotaNotReturned(this ILogger logger, int siteId, string reason);

    [LoggerMessage(1042, LogLevel.Warning, "Nobody could be asked for the quota of site {SiteId}; its events pass and are counted later: {Reason}")]
    public static partial void QuotaNotAsked(this ILogger logger, int siteId, string reason);

    [LoggerMessage(1050, LogLevel.Warning, "No job could be taken: {Reason}")]
    public static partial void JobsNotTaken(this ILogger logger, string reason);

    [LoggerMessage(1051, LogLevel.Warning, "What became of job {Kind} {Id} could not be noted: {Reason}")]
    public static partial void JobNotNoted(this ILogger logger, string kind, long id, string reason);

    [LoggerMessage(1052, LogLevel.Information, "Job {Kind} {Id} was cancelled or given to another worker")]
    public static partial void JobLost(this ILogger logger, string kind, long id);

    [LoggerMessage(1053, LogLevel.Error, "Job {Kind} {Id} failed at attempt {Attempt}")]
    public static partial void JobFailed(this ILogger logger, Exception error, string kind, long id, int attempt);

    [LoggerMessage(1054, LogLevel.Information, "Removed {Removed} jobs that were over long ago")]
    public static partial void JobsCleaned(this ILogger logger, int removed);

    [LoggerMessage(1055, LogLevel.Warning, "Nightly jobs could not be planned; the next try is in a minute: {Reason}")]
    public static partial void JobsNotPlanned(this ILogger logger, string reason);

    [LoggerMessage(1056, LogLevel.Error, "The job queue met an error that nobody expected; it goes on")]
    public static partial void JobsBroke(this ILogger logger, Exception error);
}
