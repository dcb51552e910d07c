using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Spool;

/// <summary>The on-disk queue for events while the database does not answer; section <c>Spool</c>.</summary>
public sealed class SpoolOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Spool";

    /// <summary>False to answer 503 while the database does not answer, instead of keeping events on disk.</summary>
    /// <value>Default true. Without a folder (see <see cref="Path"/>) there is no spool either.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>Folder of the spool, on a disk of this machine; one process at a time.</summary>
    /// <value>Default: the folder <c>spool</c> in <c>Data:Path</c>. Made when it is missing.</value>
    public string? Path { get; set; }

    /// <summary>How long a write may be without an answer before the events go to the spool.</summary>
    /// <value>Default 1.5 s. While the database is known to be away, they go there at once.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:03")]
    public TimeSpan After { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Most bytes on disk; beyond it requests are refused with 503 and Retry-After.</summary>
    /// <value>Default 2 GiB, some 7 million events of 300 bytes.</value>
    [Range(64 * 1024, 1L << 40)]
    public long MaxBytes { get; set; } = 2L << 30;

    /// <summary>Bytes that stay free on the disk of the spool, for others.</summary>
    /// <value>Default 256 MiB, on disks smaller than 5 GiB a twentieth of the disk.</value>
    [Range(0, 1L << 40)]
    public long? MinFreeBytes { get; set; }

    /// <summary>Size at which a file of the spool is closed and the next begun. A delivered file is deleted.</summary>
    /// <value>Default 16 MiB.</value>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int SegmentBytes { get; set; } = 16 * 1024 * 1024;
}
