using GrainAnalytics.Core.Engine;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.Standalone;
using GrainAnalytics.Web.Hosting;

var builder = WebApplication.CreateSlimBuilder(args);
if (builder.Configuration.GetConnectionString("Postgres") is not { Length: > 0 } connectionString)
{
    Console.Error.WriteLine("ConnectionStrings__Postgres is not set: give an Npgsql connection string, or start with ./run, which brings a private PostgreSQL.");
    return 2;
}
builder.AddGrainAnalyticsWeb();
builder.Services.AddPostgres(connectionString);
builder.Services.AddSingleton<SingleNodeEngine>();
builder.Services.AddSingleton<IAnalyticsEngine>(services => services.GetRequiredService<SingleNodeEngine>());
builder.Services.AddHostedService<EngineService>();

var app = builder.Build();
app.MapGrainAnalytics();
await app.RunAsync();
return 0;
