namespace GrainAnalytics.Core.Live;

/// <summary>64 bits that stand for a user id where only the number of different users matters.</summary>
/// <remarks>The same in every process, because processes tell each other: FNV-1a. Tables are keyed
/// by <see cref="Hashed"/> instead.</remarks>
public static class UserHash
{
    /// <summary>The hash of an id.</summary>
    /// <param name="userId">UTF-8.</param>
    public static ulong Of(ReadOnlySpan<byte> userId)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in userId) hash = (hash ^ octet) * 1099511628211UL;
        return hash;
    }
}
