using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>Reads the columns of FindSite.</summary>
internal static class SiteReader
{
    /// <summary>A site, whose clock is the known one's when the time zone is the same.</summary>
    /// <param name="row">The row.</param>
    /// <param name="first">Its first column.</param>
    /// <param name="known">The site as it was, or null.</param>
    /// <returns>The known site itself when nothing changed.</returns>
    public static Site Read(NpgsqlDataReader row, int first, Site? known = null)
    {
        var zone = row.GetString(first + 3);
        var site = new Site(row.GetInt32(first), row.GetString(first + 1), row.IsDBNull(first + 2) ? null : row.GetString(first + 2),
            known?.Clock.Zones == zone ? known.Clock : new SiteClock(zone))
        {
            Quota = new SiteQuota(row.IsDBNull(first + 4) ? null : row.GetInt64(first + 4), row.IsDBNull(first + 5) ? null : row.GetInt32(first + 5)),
        };
        return site == known ? known : site;
    }
}
