using System.Collections.Concurrent;
using GrainAnalytics.Core.Sites;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Quotas;

/// <summary>Keeps the counts in this process, for an engine of one node.</summary>
/// <remarks>A second process on the same database shares the day through the store; a rate it counts for itself.</remarks>
public sealed class LocalQuotas(IUsageStore store, TimeProvider time, ILogger<LocalQuotas> log) : IQuotaSource
{
    private readonly ConcurrentDictionary<int, (QuotaBook Book, Site Site)> _books = new();

    /// <inheritdoc/>
    public async ValueTask<QuotaGrant> LeaseAsync(Site site, QuotaAsk ask, CancellationToken cancel) =>
        await BookOf(site).LeaseAsync(site, ask, cancel).ConfigureAwait(false);

    /// <summary>See <see cref="QuotaBook.ReadUsedAsync"/>.</summary>
    public Task<long?> ReadUsedAsync(Site site, CancellationToken cancel) => BookOf(site).ReadUsedAsync(site, cancel);

    /// <summary>Gives back what was reserved and not granted; for the end of the process.</summary>
    public Task CloseAsync(CancellationToken cancel) => Task.WhenAll(_books.Values.Select(known => known.Book.CloseAsync(known.Site, cancel)));

    private QuotaBook BookOf(Site site) =>
        _books.AddOrUpdate(site.Id, static (_, with) => (new QuotaBook(with.store, with.time, with.log), with.site),
            static (_, known, with) => (known.Book, with.site), (store, time, log, site)).Book;
}
