using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Tells device, browser and operating system by the names in a user agent or in client hints.</summary>
internal static class AgentReader
{
    private static readonly ILookup<string, (string Token, string Name)> Tables =
        DataFile.Rows("agents.txt").ToLookup(row => row[0], row => (row[1], row[2]));
    private static readonly (string Token, string Name)[] Browsers = [.. Tables["browser"]], Brands = [.. Tables["brand"]],
        Systems = [.. Tables["os"]], Platforms = [.. Tables["platform"]], Devices = [.. Tables["device"]];

    /// <summary>Reads an agent.</summary>
    public static Agent Read(in AgentKey key)
    {
        var browser = Find(Brands, key.Brands) ?? Find(Browsers, key.UserAgent);
        var system = Find(Platforms, key.Platform) ?? Find(Systems, key.UserAgent);
        // A hint that it is a phone is certain; that it is none does not tell a tablet from a desk.
        var device = key.Mobile == "?1" ? "mobile" : Find(Devices, key.UserAgent);
        var facts = new byte[3 * (EventFacts.HeaderSize + EventFacts.MaxTextBytes)];
        var writer = new FactsWriter(facts);
        writer.Add(Fact.Device, Encoding.UTF8.GetBytes(device ?? ""));
        writer.Add(Fact.Browser, Encoding.UTF8.GetBytes(browser ?? ""));
        writer.Add(Fact.Os, Encoding.UTF8.GetBytes(system ?? ""));
        return new Agent(Crawlers.Has(key.UserAgent), facts[..writer.Size]);
    }

    // The tables' order decides: nearly every browser also has the names of others.
    private static string? Find((string Token, string Name)[] table, string text)
    {
        if (text.Length > 0)
            foreach (var (token, name) in table)
                if (text.Contains(token, StringComparison.Ordinal)) return name;
        return null;
    }
}
