namespace GrainAnalytics.Grains.Contracts;

/// <summary>Makes replies.</summary>
internal static class AppendReplies
{
    /// <summary>The same verdict for every event.</summary>
    public static AppendReply Same(AppendVerdict verdict, int count)
    {
        var verdicts = new AppendVerdict[count];
        Array.Fill(verdicts, verdict);
        return new AppendReply(verdicts);
    }
}
