# npm start, a request, Ctrl-C on Windows. Fails where the request does, or anything stays.
$ErrorActionPreference = 'Stop'

# A console of its own: Ctrl-C goes to every process of a console.
$command = "npm start *> first-request.log"
$server = Start-Process pwsh -ArgumentList '-NoProfile', '-Command', $command -PassThru

try {
  foreach ($second in 1..120) {
    Start-Sleep 1
    if (Select-String -Quiet -Path first-request.log -Pattern '^curl ') { break }
    if ($server.HasExited) { throw 'The server did not start.' }
  }
  $token = (Invoke-RestMethod http://127.0.0.1:3000/api/dev/token -Method Post `
    -ContentType application/json -Body '{"email":"you@example.com"}').access_token
  $task = Invoke-RestMethod http://127.0.0.1:3000/api/me/tasks -Method Post `
    -ContentType application/json -Headers @{ Authorization = "Bearer $token" } `
    -Body '{"title":"Try the Task API"}'
  if ($task.title -ne 'Try the Task API') { throw "Not the task: $task" }

  # Another process joins that console, and presses Ctrl-C there.
  $pressCtrlC = @"
Add-Type -Namespace Console -Name Native -MemberDefinition @'
[DllImport("kernel32.dll")] public static extern bool FreeConsole();
[DllImport("kernel32.dll")] public static extern bool AttachConsole(uint process);
[DllImport("kernel32.dll")] public static extern bool SetConsoleCtrlHandler(System.IntPtr handler, bool ignore);
[DllImport("kernel32.dll")] public static extern bool GenerateConsoleCtrlEvent(uint signal, uint group);
'@
[Console.Native]::FreeConsole()
[Console.Native]::AttachConsole($($server.Id))
[Console.Native]::SetConsoleCtrlHandler([System.IntPtr]::Zero, `$true)
[Console.Native]::GenerateConsoleCtrlEvent(0, 0)
Start-Sleep 1
"@
  Start-Process pwsh -Wait -ArgumentList '-NoProfile', '-EncodedCommand', `
    ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($pressCtrlC)))

  if (-not $server.WaitForExit(30000)) { throw 'The server did not stop within 30 s.' }
  Start-Sleep 2
  if (Get-Process postgres -ErrorAction Ignore | Where-Object Path -Like "$PWD*") {
    throw 'PostgreSQL is still running.'
  }
} finally {
  Get-Content first-request.log -ErrorAction Ignore
}
