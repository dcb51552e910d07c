using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GrainAnalytics.Core.Spool;

/// <summary>The spool cannot be used; the message says why and what to do.</summary>
public sealed class SpoolException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The spool's folder: its lock, and its files by name.</summary>
/// <remarks>A file is <c>NUMBER-SALT.spool</c>: numbers ascend in time, the salt (8 hexadecimal digits) begins its checksums.</remarks>
internal sealed partial class SpoolFolder : IDisposable
{
    private const string Extension = ".spool", LockName = "lock", DamagedName = "damaged", DeliveredName = "delivered";

    private const int LockedOnLinux = 11, LockedOnMac = 35, LockedOnWindows = unchecked((int)0x80070020);

    private readonly FileStream _lock;

    private SpoolFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Opens a folder, for this process alone; made when it is missing.</summary>
    /// <exception cref="SpoolException">Another process has it, or it cannot be made or written.</exception>
    public static SpoolFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var lockFile = System.IO.Path.Combine(path, LockName);
        try
        {
            if (!Directory.Exists(path))
            {
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
                else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            // The operating system's lock: it ends with the process, however that ends.
            return new SpoolFolder(path, new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult is LockedOnLinux or LockedOnMac or LockedOnWindows)
        {
            throw new SpoolException($"The spool {path} is in use by another process; each needs a spool of its own (Spool:Path, or Data:Path).", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpoolException($"The spool {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The files, oldest first.</summary>
    public List<SegmentName> List()
    {
        var found = new List<SegmentName>();
        foreach (var file in Directory.EnumerateFiles(Path, "*" + Extension))
            if (SegmentName.TryParse(file, out var name)) found.Add(name);
        found.Sort((a, b) => a.Number.CompareTo(b.Number));
        return found;
    }

    /// <summary>Name of a new file.</summary>
    public SegmentName Name(int number)
    {
        var salt = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
        return new SegmentName(System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{number:d10}-{salt:x8}{Extension}")), number, salt);
    }

    /// <summary>Keeps damaged bytes in a file of their own.</summary>
    /// <returns>The file, or null when the same bytes were kept before.</returns>
    public string? KeepDamaged(SegmentName segment, int offset, ReadOnlySpan<byte> bytes)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, DamagedName));
        var file = System.IO.Path.Combine(folder.FullName, string.Create(CultureInfo.InvariantCulture, $"{segment.Number:d10}-{segment.Salt:x8}-{offset}.bin"));
        if (File.Exists(file) && new FileInfo(file).Length == bytes.Length) return null;
        File.WriteAllBytes(file, bytes);
        return file;
    }

    /// <summary>Moves a file of which everything is decided out of the way.</summary>
    public void KeepDelivered(SpoolSegment segment)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, DeliveredName));
        segment.Dispose();
        File.Move(segment.Name.Path, System.IO.Path.Combine(folder.FullName, System.IO.Path.GetFileName(segment.Name.Path)));
        SyncFolder(folder.FullName);
    }

    /// <summary>Makes files' names, and their absence, survive a power cut.</summary>
    public void Sync() => SyncFolder(Path);

    /// <summary>Bytes that the disk has free for this process, and its size.</summary>
    public (long Free, long Size) Space()
    {
        var drive = new DriveInfo(Path);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>Lets others have the folder.</summary>
    public void Dispose() => _lock.Dispose();

    // .NET opens no folders, and has no word for this.
    private static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(path, 0);
        if (handle < 0) throw new IOException($"The folder {path} could not be opened to sync it (errno {Marshal.GetLastPInvokeError()}).");
        var result = FSync(handle);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (result != 0) throw new IOException($"The folder {path} could not be synced (errno {error}).");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}

/// <summary>A file of the spool.</summary>
internal readonly record struct SegmentName(string Path, int Number, uint Salt)
{
    public static bool TryParse(string path, out SegmentName name)
    {
        var parts = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        uint salt = 0;
        var isOne = parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            & uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out salt);
        name = isOne ? new SegmentName(path, int.Parse(parts[0], CultureInfo.InvariantCulture), salt) : default;
        return isOne;
    }
}
