/**
 * The same routes the way Nest's documentation writes them: TypeORM's find and save, a global
 * ValidationPipe and ClassSerializerInterceptor, an asynchronous guard that verifies the token of
 * every request. Isolation is what the code remembers to ask for; it logs in as a superuser, so
 * row-level security costs it nothing.
 */
import 'reflect-metadata';
import { ClassSerializerInterceptor, Module, ValidationPipe } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Task } from './task.entity';
import { TasksController } from './tasks.controller';
import { TasksService } from './tasks.service';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL'] ?? '',
      entities: [Task],
      poolSize: Number(process.env['DATABASE_POOL']),
    }),
    TypeOrmModule.forFeature([Task]),
    JwtModule.register({ secret: process.env['AUTH_SECRET'] ?? '' }),
  ],
  controllers: [TasksController],
  providers: [TasksService],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
  app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector)));
  await app.listen(Number(process.env['PORT']), '127.0.0.1');
}

void main();
