using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Spool;

/// <summary>Events on this machine's disk that wait for the database: written and synced before they are acknowledged, found
/// by lookups, delivered oldest first by <see cref="SpoolDrainer"/>.</summary>
/// <remarks>Requests that come while the disk syncs share the next sync. Nothing here decides whether an event is stored: it may
/// also be in the write buffer, or stored already; its id makes that harmless.</remarks>
public sealed class EventSpool : IDisposable
{
    private const int MostUnwritten = 32 * 1024 * 1024, MostRead = 10_000;
    private const long SmallDisk = 5L << 30, DefaultFree = 256L << 20;
    private static readonly TimeSpan LookAtDisk = TimeSpan.FromSeconds(1);

    private sealed class Group
    {
        public readonly List<(int SiteId, EncodedEvent Event)> Events = [];
        public readonly TaskCompletionSource<IngestOutcome> Done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Bytes;
    }

    private readonly SpoolOptions _options;
    private readonly SpoolMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SpoolFolder _folder;
    private readonly bool _keepsDelivered;
    private readonly Lock _gate = new();            // state in memory
    private readonly Lock _writing = new();         // the newest file; taken before _gate
    private readonly SortedDictionary<int, SpoolSegment> _segments = [];
    private readonly SpoolIndex _index = new();
    private readonly Dictionary<(int SiteId, string UserId), long> _erased = [];    // by when what arrived is shown no more
    private readonly SemaphoreSlim _came = new(0);
    private SpoolSegment? _newest;
    private Group? _open;
    private bool _isWriterRunning, _isClosed;
    private int _lastNumber, _unwritten;
    private long _events, _bytes, _free, _lookedAt;

    /// <summary>Opens the spool and recovers what an earlier run left.</summary>
    /// <param name="options">Its settings; <see cref="SpoolOptions.Path"/> is set.</param>
    /// <param name="metrics">Hears what happens.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    /// <param name="keepsDelivered">True to move a file of which everything is decided to the folder <c>delivered</c>, instead of deleting it.</param>
    /// <exception cref="SpoolException">Another process has the folder, or it cannot be used.</exception>
    public EventSpool(SpoolOptions options, SpoolMetrics metrics, TimeProvider time, ILogger<EventSpool> log, bool keepsDelivered = false)
    {
        (_options, _metrics, _time, _log, _keepsDelivered) = (options, metrics, time, log, keepsDelivered);
        _folder = SpoolFolder.Open(options.Path ?? throw new SpoolException("Spool:Path is not set."));
        try
        {
            LookAtSpace();
            foreach (var name in _folder.List()) Recover(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new SpoolException($"The spool {_folder.Path} cannot be read: {e.Message}", e);
        }
        if (_events > 0) log.SpoolRecovered(_events, _segments.Count);
        metrics.Observe(() => Status);
    }

    /// <summary>State now.</summary>
    public SpoolStatus Status
    {
        get
        {
            lock (_gate)
            {
                var oldest = _events > 0 ? _segments.Values.FirstOrDefault(segment => segment.Events > 0)?.OldestReceivedAt : null;
                var age = oldest is { } since ? Math.Max(0, (_time.NowMicroseconds() - since) / 1e6) : 0;
                return new SpoolStatus(_events, _bytes, Math.Round(age, 3), !HasRoom(1024));
            }
        }
    }

    /// <summary>True while acknowledged events may not be in the database yet.</summary>
    public bool HasBacklog => Volatile.Read(ref _events) > 0;

    /// <summary>True while lookups find all of the backlog.</summary>
    public bool IsIndexed { get { lock (_gate) return _index.Count >= _events; } }

    /// <summary>Writes events to disk.</summary>
    /// <returns>Spooled when the disk has them; SpoolFull, SpoolFailed or ShuttingDown, and then none is acknowledged, though some may be
    /// delivered all the same.</returns>
    public Task<IngestOutcome> AppendAsync(int siteId, IReadOnlyList<EncodedEvent> events)
    {
        var size = 0;
        foreach (var value in events) size += SpoolFrame.SizeOf(value);
        Group group;
        lock (_gate)
        {
            if (_isClosed) return Task.FromResult(IngestOutcome.ShuttingDown);
            if (!HasRoom(size))
            {
                _metrics.Refused(events.Count);
                return Task.FromResult(IngestOutcome.SpoolFull);
            }
            group = _open ??= new Group();
            foreach (var value in events) group.Events.Add((siteId, value));
            group.Bytes += size;
            _unwritten += size;
            if (_isWriterRunning) return group.Done.Task;
            _isWriterRunning = true;
        }
        _ = Task.Run(WriteGroups);
        return group.Done.Task;
    }

    /// <summary>A user's events that wait here, in no order.</summary>
    public List<EncodedEvent> Read(int siteId, string userId)
    {
        var user = Encoding.UTF8.GetBytes(userId);
        List<(SpoolSegment Segment, int Offset)> places;
        long erasedAt;
        lock (_gate)
        {
            erasedAt = _erased.GetValueOrDefault((siteId, userId), long.MinValue);
            var found = _index.Find(SpoolIndex.HashOf(siteId, user));
            if (found.Count > MostRead)
            {
                found.Sort();
                found.RemoveRange(0, found.Count - MostRead);
            }
            places = found.ConvertAll(place => (_segments[(int)(place >> 32)], (int)place));
        }
        var events = new List<EncodedEvent>(places.Count);
        // What cannot be read any more was delivered meanwhile; the caller reads the database after this.
        foreach (var (segment, offset) in places)
            if (segment.TryRead(offset, out var record) && record.SiteId == siteId && record.Event.UserId.Span.SequenceEqual(user) && record.Event.ReceivedAt > erasedAt)
                events.Add(record.Event);
        return events;
    }

    /// <summary>Shows no more what waits here of users who were erased; it is refused when it is delivered.</summary>
    /// <param name="siteId">The site.</param>
    /// <param name="userIds">The users.</param>
    /// <param name="erasedAt">What arrived by then; Unix microseconds.</param>
    public void Forget(int siteId, IReadOnlyList<string> userIds, long erasedAt)
    {
        lock (_gate)
        {
            if (_events == 0) return;
            foreach (var user in userIds) _erased[(siteId, user)] = erasedAt;
        }
    }

    /// <summary>Waits until there is something to deliver, or for the time given.</summary>
    internal Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancel) => HasBacklog ? Task.FromResult(true) : _came.WaitAsync(atMost, cancel);

    /// <summary>The oldest file, to which nothing is written any more; null when there is none.</summary>
    internal SpoolSegment? TakeOldest()
    {
        lock (_writing)
        lock (_gate)
        {
            if (_segments.Count == 0) return null;
            var oldest = _segments.First().Value;
            if (oldest == _newest) _newest = null;
            return oldest;
        }
    }

    /// <summary>Notes that an event is decided: lookups look for it in the database from now on.</summary>
    internal void Delivered(SpoolSegment segment, in SpoolRecord record)
    {
        lock (_gate)
        {
            _index.Remove(SpoolIndex.HashOf(record.SiteId, record.Event.UserId.Span), Place(segment, record.Offset));
            if (--_events == 0) _erased.Clear();
        }
        _metrics.Delivered(1);
    }

    /// <summary>Deletes a file of which everything is decided, or moves it out of the way.</summary>
    internal void Remove(SpoolSegment segment)
    {
        lock (_gate)
        {
            _segments.Remove(segment.Name.Number);
            _bytes -= segment.Length;
        }
        if (_keepsDelivered) _folder.KeepDelivered(segment);
        else segment.Delete();
        _folder.Sync();
    }

    /// <summary>Keeps a file's damaged ranges in files of their own.</summary>
    internal void KeepDamaged(SpoolSegment segment, SegmentScan scan, byte[] bytes)
    {
        foreach (var (start, end) in scan.Damaged)
        {
            if (_folder.KeepDamaged(segment.Name, start, bytes.AsSpan(start, end - start)) is not { } file) continue;
            _metrics.Damaged(1);
            _log.SpoolDamaged(segment.Name.Path, start, end - start, file);
        }
    }

    /// <summary>Closes the files; what is acknowledged stays on disk.</summary>
    public void Dispose()
    {
        lock (_writing)
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            foreach (var segment in _segments.Values) segment.Dispose();
            _folder.Dispose();
            _open?.Done.TrySetResult(IngestOutcome.ShuttingDown);
        }
    }

    private static long Place(SpoolSegment segment, int offset) => (long)segment.Name.Number << 32 | (uint)offset;

    private bool HasRoom(int bytes)
    {
        if (_time.GetElapsedTime(_lookedAt) > LookAtDisk) LookAtSpace();
        return _unwritten + (long)bytes <= MostUnwritten && _bytes + _unwritten + bytes <= _options.MaxBytes && _free - _unwritten >= bytes;
    }

    private void LookAtSpace()
    {
        var (free, size) = _folder.Space();
        _free = free - (_options.MinFreeBytes ?? (size < SmallDisk ? size / 20 : DefaultFree));
        _lookedAt = _time.GetTimestamp();
    }

    private void WriteGroups()
    {
        while (true)
        {
            Group group;
            lock (_gate)
            {
                if (_open is null)
                {
                    _isWriterRunning = false;
                    return;
                }
                (group, _open) = (_open, null);
            }
            var outcome = IngestOutcome.SpoolFailed;
            try
            {
                Write(group);
                outcome = IngestOutcome.Spooled;
            }
            catch (Exception e)
            {
                // Whatever it was: who waits must hear of it, and the next group must be written.
                _metrics.Refused(group.Events.Count);
                _log.SpoolWriteFailed(e, group.Events.Count);
            }
            group.Done.TrySetResult(outcome);
        }
    }

    private void Write(Group group)
    {
        lock (_writing)
        {
            var frames = GC.AllocateUninitializedArray<byte>(group.Bytes);
            try
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                var segment = _newest is { } open && open.Length < _options.SegmentBytes ? open : _newest = Begin();
                var first = segment.Length;
                var at = 0;
                foreach (var (siteId, value) in group.Events)
                {
                    SpoolFrame.Write(frames.AsSpan(at), segment.Name.Salt, siteId, value);
                    at += SpoolFrame.SizeOf(value);
                }
                segment.Append(frames);
                lock (_gate)
                {
                    Admit(segment, group.Events, first);
                    _bytes += frames.Length;
                    _free -= frames.Length;
                }
            }
            catch
            {
                // The disk's trouble with one file must not be the next request's.
                _newest = null;
                throw;
            }
            finally
            {
                lock (_gate) _unwritten -= group.Bytes;
            }
        }
        _metrics.Written(group.Events.Count);
        if (_came.CurrentCount == 0) _came.Release();
    }

    private void Admit(SpoolSegment segment, List<(int SiteId, EncodedEvent Event)> events, int offset)
    {
        if (segment.Events == 0) segment.OldestReceivedAt = events[0].Event.ReceivedAt;
        segment.Events += events.Count;
        foreach (var (siteId, value) in events)
        {
            _index.Add(SpoolIndex.HashOf(siteId, value.UserId.Span), Place(segment, offset));
            offset += SpoolFrame.SizeOf(value);
        }
        _events += events.Count;
    }

    private SpoolSegment Begin()
    {
        SpoolSegment segment;
        lock (_gate) segment = SpoolSegment.Create(_folder.Name(++_lastNumber));
        _folder.Sync();
        lock (_gate) _segments.Add(segment.Name.Number, segment);
        return segment;
    }

    private void Recover(SegmentName name)
    {
        var length = new FileInfo(name.Path).Length;
        var (segment, scan, bytes) = SpoolSegment.Recover(name);
        _lastNumber = Math.Max(_lastNumber, name.Number);
        if (scan.Length < length) _log.SpoolCut(name.Path, length - scan.Length);
        KeepDamaged(segment, scan, bytes);
        if (scan.Records.Count == 0)
        {
            segment.Delete();
            return;
        }
        _segments.Add(name.Number, segment);
        _bytes += segment.Length;
        _events += scan.Records.Count;
        foreach (var record in scan.Records)
            _index.Add(SpoolIndex.HashOf(record.SiteId, record.Event.UserId.Span), Place(segment, record.Offset));
    }
}
