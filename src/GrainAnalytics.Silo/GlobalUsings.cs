global using Orleans.Configuration;
global using Orleans.Hosting;
