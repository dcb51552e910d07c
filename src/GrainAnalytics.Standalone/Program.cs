using GrainAnalytics.Standalone;
using GrainAnalytics.Web.Hosting;

return await ServerProgram.RunAsync(Server.Build(args));
