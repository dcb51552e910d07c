namespace GrainAnalytics.Browser.Tests;

public sealed class HighLevelTests
{
    public const string Secret = "secret";
}
