namespace GrainAnalytics.Core.Live;

/// <summary>Takes what commits changed to the owner of a site's live state, in this process or in another.</summary>
public interface ILiveSink
{
    /// <summary>Shortest time between two updates of a site from one process. Where one process feeds viewers, theirs; where
    /// several do, less, because viewers wait for the owner's pace after the collectors'.</summary>
    TimeSpan Interval { get; }

    /// <summary>True when somebody watches the site, anywhere. Asked at every commit: it answers from memory, at once. When
    /// it begins to say true is up to the owner, who reads the store afterwards; what committed before is seen there.</summary>
    bool Wants(int siteId);

    /// <summary>Passes an update on, without waiting for anything. It may be lost.</summary>
    void Send(LiveUpdate update);
}
