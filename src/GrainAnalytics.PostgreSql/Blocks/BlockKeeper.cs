using System.Diagnostics;
using System.Threading.Channels;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>Builds in the background what questions found missing, and what they would miss next: one day after the other, the latest first, and rests as long as it worked.</summary>
/// <param name="builder">Builds.</param>
/// <param name="options">Which days are built before somebody misses them.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where failures are told.</param>
/// <param name="health">Says when there is no point in trying; null: it is always tried.</param>
public sealed class BlockKeeper(BlockBuilder builder, ScanOptions options, TimeProvider time, ILogger<BlockKeeper> log, StoreHealth? health = null)
{
    /// <summary>Most days that wait to be built; further ones are forgotten until somebody asks for them again.</summary>
    public const int MostWaiting = 2_000;

    /// <summary>Events of a day that are worth building before it is asked for: fewer are read as quickly from the table, even many days of them.</summary>
    public const int LargeDay = 10_000;

    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10), LookAgain = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly SortedSet<(DateOnly Day, int SiteId)> _waiting = [];
    private readonly Dictionary<int, long> _looked = [];     // when, of each site that somebody asked about
    private readonly Queue<Site> _looks = [];
    private readonly HashSet<(DateOnly Day, int SiteId)> _again = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Says that a question missed the blocks of some days.</summary>
    public void Want(Site site, IEnumerable<DateOnly> days)
    {
        lock (_lock)
            foreach (var day in days.OrderDescending())
                if (_waiting.Count < MostWaiting) _waiting.Add((day, site.Id));
        _wake.Writer.TryWrite(true);
    }

    private void Wait((DateOnly Day, int SiteId) day)
    {
        lock (_lock) _waiting.Add(day);
    }

    /// <summary>Says that somebody asks about a site: large days without blocks are built, of the last <see cref="ScanOptions.BlockDays"/> and the present one. At most every five minutes for a site.</summary>
    public void LookAt(Site site)
    {
        if (options is not { UseBlocks: true, BlockDays: > 0 }) return;
        lock (_lock)
        {
            if (_looked.TryGetValue(site.Id, out var last) && time.GetElapsedTime(last) < LookAgain) return;
            _looked[site.Id] = time.GetTimestamp();
            _looks.Enqueue(site);
        }
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Builds until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (await _wake.Reader.ReadAsync(cancel).ConfigureAwait(false))
            while (await NextAsync(cancel).ConfigureAwait(false) is { } next)
            {
                var began = Stopwatch.GetTimestamp();
                try
                {
                    if (health?.IsAway == true) continue;
                    // Once more: a server that was just started folds what others left, perhaps of many people.
                    var outcome = await builder.BuildAsync(next.SiteId, next.Day, cancel).ConfigureAwait(false);
                    if (outcome != BlockOutcome.Changed || !_again.Add(next)) _again.Remove(next);
                    else Wait(next);
                }
                // Nobody waits for it; whatever went wrong, the next question asks for the day again.
                catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
                {
                    log.BlocksFailed(next.SiteId, next.Day, e.Message);
                }
                // Sorting a day is work for a core; the others need theirs.
                var rest = Stopwatch.GetElapsedTime(began);
                await Task.Delay(rest < LongestRest ? rest : LongestRest, time, cancel).ConfigureAwait(false);
            }
    }

    private async Task<(DateOnly Day, int SiteId)?> NextAsync(CancellationToken cancel)
    {
        while (true)
        {
            Site? site;
            lock (_lock)
                if (!_looks.TryDequeue(out site)) break;
            try
            {
                if (health?.IsAway != true) Want(site, await builder.LargeDaysAsync(site, time.NowMicroseconds(), options.BlockDays, LargeDay, cancel).ConfigureAwait(false));
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                log.BlocksFailed(site.Id, site.Clock.DayOf(time.NowMicroseconds()), e.Message);
            }
        }
        lock (_lock)
        {
            if (_waiting.Count == 0) return null;
            var next = _waiting.Max;
            _waiting.Remove(next);
            return next;
        }
    }
}
