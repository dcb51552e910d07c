using GrainAnalytics.Core.Limits;

namespace GrainAnalytics.Core.Quotas;

/// <summary>A front asks for leave to take events of a site.</summary>
/// <param name="Needed">Events that wait at the front, all or none of which may pass; 0 only settles the rest.</param>
/// <param name="Wanted">Events of all requests that wait there.</param>
/// <param name="Unspent">Left over of what was granted before, given back.</param>
/// <param name="UnspentOf">Number of the day for which those were granted.</param>
/// <param name="Owed">Taken without leave, while nobody could be asked.</param>
public readonly record struct QuotaAsk(long Needed, long Wanted, long Unspent, int UnspentOf, long Owed);

/// <summary>The answer to a <see cref="QuotaAsk"/>.</summary>
/// <param name="Events">Granted: at least what was needed, or 0.</param>
/// <param name="Day">Number of the site's local day for which they are granted; -1 when days are not counted.</param>
/// <param name="For">How long they may be used; what is left then is given back.</param>
/// <param name="Refusal">Set when what was needed is not granted.</param>
public sealed record QuotaGrant(long Events, int Day, TimeSpan For, LimitReport? Refusal);
