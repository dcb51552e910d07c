namespace GrainAnalytics.Core.Writing;

/// <summary>The events that wait for a write, in order of arrival, and the wake-up calls for the writers.</summary>
internal sealed class WriteQueue(int writers)
{
    private readonly Lock _gate = new();
    private readonly Queue<(WriteItem Item, long Since)> _items = new();
    private readonly SemaphoreSlim[] _calls = [.. Enumerable.Range(0, writers).Select(_ => new SemaphoreSlim(0))];
    private bool _isClosed;

    public int Count { get { lock (_gate) return _items.Count; } }

    /// <summary>Adds a request's events.</summary>
    /// <param name="items">The events.</param>
    /// <param name="now">Timestamp of the clock.</param>
    /// <param name="callAllAt">Waiting events at which the other writers are called too.</param>
    /// <returns>False once it is closed: nobody would take them any more.</returns>
    public bool Add(ReadOnlySpan<WriteItem> items, long now, int callAllAt)
    {
        bool first, others;
        lock (_gate)
        {
            if (_isClosed) return false;
            var before = _items.Count;
            foreach (var item in items) _items.Enqueue((item, now));
            first = before == 0 && _items.Count > 0;
            // Others also hear of the first event, to look again when it has waited long enough.
            others = first || before < callAllAt && _items.Count >= callAllAt;
        }
        if (first) _calls[0].Release();
        if (others) for (var writer = 1; writer < _calls.Length; writer++) _calls[writer].Release();
        return true;
    }

    /// <summary>Takes the oldest events.</summary>
    public WriteItem[] Take(int most)
    {
        lock (_gate)
        {
            var taken = new WriteItem[Math.Min(most, _items.Count)];
            for (var i = 0; i < taken.Length; i++) taken[i] = _items.Dequeue().Item;
            return taken;
        }
    }

    /// <summary>Timestamp at which the oldest event came; null when none waits.</summary>
    public long? OldestSince() { lock (_gate) return _items.Count > 0 ? _items.Peek().Since : null; }

    /// <summary>Waits until an event waits.</summary>
    public async ValueTask WaitFirstAsync()
    {
        lock (_gate)
        {
            if (_items.Count > 0 || _isClosed) return;
        }
        await _calls[0].WaitAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until another writer is called or the time is over.</summary>
    public Task<bool> WaitAsync(int writer, TimeSpan atMost) => _calls[writer].WaitAsync(atMost);

    /// <summary>Calls every writer a last time: from now on waiting ends at once.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
        foreach (var call in _calls) call.Release(1000);
    }

    /// <summary>True once closed.</summary>
    public bool IsClosed { get { lock (_gate) return _isClosed; } }

    /// <summary>The requests whose events have waited since before a timestamp.</summary>
    public List<PendingAppend> Since(long before)
    {
        var found = new List<PendingAppend>();
        lock (_gate)
        {
            foreach (var (item, since) in _items)
            {
                if (since >= before) break;
                if (!item.Append.IsDone && (found.Count == 0 || found[^1] != item.Append)) found.Add(item.Append);
            }
        }
        return found;
    }
}
