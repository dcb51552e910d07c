using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Testing;

/// <summary>Erases as a client does that is told to come again.</summary>
public static class PatientErasures
{
    /// <summary>Erases a user, again where a write under way took so long that the erasure gave up: nothing was changed then.</summary>
    public static async Task<ErasureReceipt> EraseSurelyAsync(this UserEraser eraser, Site site, string userId)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await eraser.EraseAsync(site, userId, default);
            }
            catch (EventStoreException e) when (attempt < 20 && e.Failure == StoreFailure.Away
                && (e.Message.StartsWith("55P03", StringComparison.Ordinal) || e.Message.StartsWith("Events of the user wait", StringComparison.Ordinal)))
            {
                await Task.Delay(200);
            }
        }
    }
}
