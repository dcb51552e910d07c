namespace GrainAnalytics.Core.Signing;

/// <summary>Sets up what a key's requests are signed with.</summary>
public interface IKeySigning
{
    /// <summary>Turns signing on, or changes it. Others hear of it when the site is announced (ISiteRegistry), else within a minute.</summary>
    /// <param name="key">The key itself.</param>
    /// <param name="isRequired">True to refuse the key's requests without a signature.</param>
    /// <param name="isNew">True for a new secret; otherwise one that is there stays.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>What requests are signed with from now on; null when no site has the key.</returns>
    /// <exception cref="Writing.EventStoreException">The store did not answer.</exception>
    Task<KeySigning?> TurnOnAsync(string key, bool isRequired, bool isNew, CancellationToken cancel);

    /// <summary>Turns signing off: the secret is gone for good.</summary>
    /// <returns>False when no site has the key.</returns>
    /// <exception cref="Writing.EventStoreException">The store did not answer.</exception>
    Task<bool> TurnOffAsync(string key, CancellationToken cancel);
}
