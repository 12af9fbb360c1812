# Runs a command without the rights of an administrator. The runner of GitHub has them, and PostgreSQL
# refuses to run with them.
param([Parameter(Mandatory)] [string] $Command)
$ErrorActionPreference = 'Stop'

$folder = New-Item -ItemType Directory -Path (Join-Path $env:RUNNER_TEMP (New-Guid))
$script = Join-Path $folder 'run.ps1'
$log = Join-Path $folder 'log.txt'
$code = Join-Path $folder 'code.txt'
Set-Content $script @"
`$env:Path = '$env:Path'
Set-Location '$PWD'
pwsh -NoProfile -Command '$Command' *> '$log'
Set-Content '$code' `$LASTEXITCODE
"@

# A basic user. It returns at once, without the command's output and exit code.
runas /trustlevel:0x20000 "pwsh -NoProfile -File $script"
while (-not (Test-Path $code)) { Start-Sleep 1 }
Start-Sleep 1
Get-Content $log
exit [int](Get-Content $code)
