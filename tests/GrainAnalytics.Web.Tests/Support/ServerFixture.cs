using System.Net;
using GrainAnalytics.Standalone;
using Microsoft.AspNetCore.Builder;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>The program itself on a free port and a fresh database, one for each class of tests.</summary>
public class ServerFixture : IAsyncLifetime
{
    private TestDatabase? _database;
    private WebApplication? _app;

    /// <summary>Further settings, as on the command line.</summary>
    protected virtual IEnumerable<string> Settings => [];

    /// <summary>False while a test wants to hear that the database does not answer; else the clients ask again, as <see cref="PatientHandler"/> says.</summary>
    internal bool IsPatient { get; set; } = true;

    /// <summary>The composed program.</summary>
    public WebApplication App => _app!;

    /// <summary>Sends without any key.</summary>
    public HttpClient Anyone { get; private set; } = null!;

    /// <summary>Sends with the write key.</summary>
    public HttpClient Writer { get; private set; } = null!;

    /// <summary>Sends with the API key.</summary>
    public HttpClient Reader { get; private set; } = null!;

    public const string WriteKey = "write-key-1", ApiKey = "api-key-1", AdminToken = "admin-token-1";

    internal TestDatabase Database => _database!;

    protected virtual async Task<string> ConnectionStringAsync()
    {
        _database = await TestDatabase.CreateAsync();
        return _database.ConnectionString;
    }

    public virtual async Task InitializeAsync()
    {
        await StartAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var soon = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while ((await Anyone.GetAsync("/health/ready", patience.Token)).StatusCode != HttpStatusCode.OK)
            if (!await soon.WaitForNextTickAsync(patience.Token)) break;
    }

    protected async Task StartAsync()
    {
        var (app, faults) = Server.Build([.. await ArgumentsAsync(), .. Settings]);
        Assert.Empty(faults);
        _app = app;
        await _app!.StartAsync();
        (Anyone, Writer, Reader) = (Client(null), Client(WriteKey), Client(ApiKey));
    }

    private async Task<string[]> ArgumentsAsync() =>
    [
        "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Postgres={await ConnectionStringAsync()}", "--Logging:LogLevel:Default=None",
        "--Logging:LogLevel:GrainAnalytics=None", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None",
        $"--Bootstrap:WriteKey={WriteKey}", $"--Bootstrap:ApiKey={ApiKey}", $"--Bootstrap:AdminToken={AdminToken}", .. PatientSettings.Arguments,
    ];

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        if (_database is not null) await _database.DisposeAsync();
    }

    private HttpClient Client(string? key)
    {
        var handler = new PatientHandler(new SocketsHttpHandler { AllowAutoRedirect = false }, () => IsPatient);
        var client = new HttpClient(handler) { BaseAddress = new Uri(App.Urls.First()), Timeout = TimeSpan.FromMinutes(3) };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }
}
