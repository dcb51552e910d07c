using System.Globalization;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Jobs;

/// <summary>Puts every site's nightly jobs into the queue when its day is over, and cleans the queue up. All servers do it: a job's key says its
/// site, kind and day, so that it is made once.</summary>
public sealed class NightlyPlan(IJobStore store, ISiteStore sites, JobOptions options, TimeProvider time, ILogger<NightlyPlan> log)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1), CleanEvery = TimeSpan.FromHours(1);

    // The day whose jobs are known to be there, by site: nobody need ask for them every minute.
    private readonly Dictionary<int, DateOnly> _planned = [];

    /// <summary>Plans and cleans until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        var cleanedAt = time.GetTimestamp();
        do
        {
            try
            {
                await PlanAsync(cancel).ConfigureAwait(false);
                if (time.GetElapsedTime(cleanedAt) < CleanEvery) continue;
                cleanedAt = time.GetTimestamp();
                var removed = await store.CleanAsync(cancel).ConfigureAwait(false);
                if (removed > 0) log.JobsCleaned(removed);
            }
            catch (EventStoreException e)
            {
                log.JobsNotPlanned(e.Message);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                log.JobsBroke(e);
            }
        }
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false));
    }

    /// <summary>Makes the jobs of every site whose midnight has passed.</summary>
    /// <returns>How many were made.</returns>
    public async Task<int> PlanAsync(CancellationToken cancel)
    {
        var now = time.NowMicroseconds();
        var jobs = new List<NewJob>();
        var planned = new List<(int SiteId, DateOnly Today)>();
        foreach (var site in await sites.ListAsync(cancel).ConfigureAwait(false))
        {
            var today = site.Clock.DayOf(now);
            if (_planned.TryGetValue(site.Id, out var day) && day == today) continue;
            var at = site.Clock.DayStart(today) + options.AfterMidnight.Ticks / TimeSpan.TicksPerMicrosecond;
            var yesterday = Name(today.AddDays(-1));
            jobs.Add(new NewJob(JobKinds.Recount, site.Id, $$"""{"date":"{{yesterday}}"}""", $"{JobKinds.Recount}:{site.Id}:{yesterday}", at));
            jobs.Add(new NewJob(JobKinds.Retention, site.Id, "{}", $"{JobKinds.Retention}:{site.Id}:{Name(today)}", at));
            planned.Add((site.Id, today));
        }
        if (jobs.Count == 0) return 0;
        var made = await store.AddAsync(jobs, cancel).ConfigureAwait(false);
        foreach (var (siteId, today) in planned) _planned[siteId] = today;
        return made.Count;
    }

    private static string Name(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
