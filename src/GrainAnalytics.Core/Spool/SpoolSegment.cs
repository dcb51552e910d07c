using GrainAnalytics.Core.Events;
using Microsoft.Win32.SafeHandles;

namespace GrainAnalytics.Core.Spool;

/// <summary>A file of the spool that is open for reading, and for writing while it is the newest.</summary>
internal sealed class SpoolSegment(SegmentName name, SafeFileHandle handle) : IDisposable
{
    private readonly Lock _gate = new();
    private SafeFileHandle? _handle = handle;

    /// <summary>Its name.</summary>
    public SegmentName Name { get; } = name;

    /// <summary>Bytes that are written and synced.</summary>
    public int Length { get; private set; }

    /// <summary>Events in it.</summary>
    public int Events { get; set; }

    /// <summary>Arrival of its first event, Unix microseconds.</summary>
    public long OldestReceivedAt { get; set; }

    /// <summary>Makes a file.</summary>
    public static SpoolSegment Create(SegmentName name) =>
        new(name, File.OpenHandle(name.Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    /// <summary>Opens a file of an earlier run and reads what it holds; what a write left unfinished at its end is cut off.</summary>
    public static (SpoolSegment Segment, SegmentScan Scan, byte[] Bytes) Recover(SegmentName name)
    {
        var handle = File.OpenHandle(name.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        var segment = new SpoolSegment(name, handle) { Length = checked((int)RandomAccess.GetLength(handle)) };
        var (scan, bytes) = segment.Scan();
        if (scan.Length < segment.Length)
        {
            RandomAccess.SetLength(handle, scan.Length);
            RandomAccess.FlushToDisk(handle);
            segment.Length = scan.Length;
        }
        segment.Events = scan.Records.Count;
        if (scan.Records.Count > 0) segment.OldestReceivedAt = scan.Records[0].Event.ReceivedAt;
        return (segment, scan, bytes);
    }

    /// <summary>Writes behind what is there, and returns when the disk has it.</summary>
    /// <exception cref="IOException">It is not known to be there; what may be is cut off again as far as possible.</exception>
    public void Append(ReadOnlySpan<byte> frames)
    {
        try
        {
            RandomAccess.Write(_handle!, frames, Length);
            RandomAccess.FlushToDisk(_handle!);
        }
        catch (Exception e)
        {
            // A half frame in the middle would be taken for damage later.
            try
            {
                RandomAccess.SetLength(_handle!, Length);
            }
            catch (IOException inner)
            {
                throw new IOException($"{e.Message} Cutting it off again failed too: {inner.Message}", e);
            }
            throw;
        }
        Length += frames.Length;
    }

    /// <summary>Everything in the file.</summary>
    public (SegmentScan Scan, byte[] Bytes) Scan()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Length);
        var read = 0;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_handle is null, this);
            while (read < bytes.Length)
            {
                var got = RandomAccess.Read(_handle, bytes.AsSpan(read), read);
                if (got == 0) break;
                read += got;
            }
        }
        return (SegmentScan.Read(bytes, read, Name.Salt), bytes);
    }

    /// <summary>The event at a place.</summary>
    /// <returns>False when the file is gone because all of it was delivered, or the bytes are damaged.</returns>
    public bool TryRead(int offset, out SpoolRecord record)
    {
        record = default;
        Span<byte> head = stackalloc byte[SpoolFrame.HeaderSize];
        lock (_gate)
        {
            if (_handle is null || RandomAccess.Read(_handle, head, offset) < head.Length) return false;
            var size = SpoolFrame.HeaderSize + (long)System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (offset + size > Length) return false;
            var frame = GC.AllocateUninitializedArray<byte>((int)size);
            return RandomAccess.Read(_handle, frame, offset) == size && SpoolFrame.TryRead(frame, frame.Length, 0, Name.Salt, out record);
        }
    }

    /// <summary>Deletes the file.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(Name.Path);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _handle?.Dispose();
            _handle = null;
        }
    }
}
